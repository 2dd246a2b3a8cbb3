import type { Delivery, History, Kind, Step } from './histories.js';
import { customerOf, itemsOf, type Printed, printed, type Truth, whatWas } from './stripe-objects.js';

/** What happened to one object; printed only when somebody wants it. */
export interface Happened {
  readonly id: string;
  readonly type: string;
  /** Stripe's epoch seconds. */
  readonly created: number;
  readonly objectId: string;
  readonly of: Pick<History, 'kind' | 'items'>;
  readonly before: Truth | null;
  readonly after: Truth;
}

const API_VERSION = '2026-10-28.endive';
const PREFIX: Readonly<Record<Kind, string>> = { customer: 'cus_', subscription: 'sub_', product: 'chosen-' };
const TYPE: Readonly<Record<Kind, string>> = { customer: 'customer', subscription: 'customer.subscription', product: 'product' };
/** The customers of subscriptions: made once, never changed. */
const A_CUSTOMER = { kind: 'customer', items: 0 } as const;

interface Kept {
  readonly of: Pick<History, 'kind' | 'items'>;
  truth: Truth;
}

/** One account at Stripe: what is true in it now, and all that ever happened in it. */
export class StripeAccount {
  private readonly objects = new Map<string, Kept>();
  /** As Stripe lists them, turned round: by their stamps, and so not quite in the order in which they came to be. */
  private readonly happened: Happened[] = [];
  private readonly eventById = new Map<string, Happened>();

  /** @param speed how many of its seconds pass in one of ours @param now epoch ms of ours */
  constructor(
    readonly number: number,
    private readonly speed: number,
    private readonly now: () => number = Date.now,
    private readonly begunAt = now(),
    /** An account in a hurry begins in the past, so that it does not run ahead of the wall's clock. */
    private readonly beginsAt = speed === 1 ? begunAt : begunAt - 86_400_000,
  ) {}

  /** Its clock, in ms. */
  clock(): number {
    return this.beginsAt + (this.now() - this.begunAt) * this.speed;
  }

  /** A time of its own as one of ours. */
  ours(stripeMs: number): number {
    return stripeMs / this.speed;
  }

  idOf({ kind, number }: Pick<History, 'kind' | 'number'>): string {
    return `${PREFIX[kind]}A${this.number}N${number}`;
  }

  get length(): number {
    return this.happened.length;
  }

  /** Makes a change true. @returns what is told of it: nothing where nothing changes, mostly one event */
  apply(history: History, change: Step['change'], { skewSeconds, isToldTwice }: Delivery): readonly Happened[] {
    const id = this.idOf(history);
    const kept = this.objects.get(id);
    const before = kept?.truth ?? null;
    const second = Math.floor(this.clock() / 1000);
    const after = truthAfter(history, before, change, second);
    if (after === null) return [];
    this.objects.set(id, { of: history, truth: after });
    const type = `${TYPE[history.kind]}.${verbOf(before, after)}`;
    // What was deleted and made again is a new object: nothing was before it.
    const was = before?.deletedAt === null ? before : null;
    const tell = () => this.tell({ type, created: second + skewSeconds, objectId: id, of: history, before: was, after });
    return isToldTwice ? [tell(), tell()] : [tell()];
  }

  /** Whom a subscription belongs to is there before it. */
  hasCustomerOf(subscriptionId: string): Happened {
    const id = customerOf(subscriptionId);
    const created = Math.floor(this.clock() / 1000);
    const truth: Truth = { thing: { a: 0, b: 0 }, created, deletedAt: null };
    this.objects.set(id, { of: A_CUSTOMER, truth });
    return this.tell({ type: 'customer.created', created, objectId: id, of: A_CUSTOMER, before: null, after: truth });
  }

  truthOf(id: string): Truth | null {
    return this.objects.get(id)?.truth ?? null;
  }

  /** What `GET /v1/customers/:id` and its like answer; null: 404. A canceled subscription is there for ever, a deleted customer as a husk. */
  retrieved(id: string): Printed | null {
    const kept = this.objects.get(id);
    if (!kept) return null;
    const { of, truth } = kept;
    if (truth.deletedAt === null || of.kind === 'subscription') return printed(id, of, truth);
    return of.kind === 'customer' ? { id, object: 'customer', deleted: true } : null;
  }

  /** All items of a subscription; null: there is none. */
  itemsOf(id: string): Printed[] | null {
    const kept = this.objects.get(id);
    return kept ? itemsOf(id, kept.of.items, kept.truth) : null;
  }

  /** Newest first. Of canceled subscriptions only with `status=all`; of what is deleted nothing. */
  listed(kind: Kind, { withCanceled }: { withCanceled: boolean }): { id: string; object: () => Printed }[] {
    return [...this.objects]
      .filter(([, { of, truth }]) => of.kind === kind && (truth.deletedAt === null || (kind === 'subscription' && withCanceled)))
      .map(([id, { of, truth }]) => ({ id, object: () => printed(id, of, truth) }))
      .reverse();
  }

  /** A page of events, newest first; null: the cursor is no event of this account. */
  events({ limit, endingBefore, startingAfter }: { limit: number; endingBefore: string | null; startingAfter: string | null }): {
    data: Printed[];
    hasMore: boolean;
  } | null {
    const cursor = endingBefore ?? startingAfter;
    const event = cursor === null ? undefined : this.eventById.get(cursor);
    if (cursor !== null && event === undefined) return null;
    const all = this.happened;
    const place = event && all.lastIndexOf(event);
    // The page right after a cursor is the oldest of what is newer than it.
    const [first, end] =
      endingBefore !== null && place !== undefined
        ? [place + 1, Math.min(place + 1 + limit, all.length)]
        : [Math.max(0, (place ?? all.length) - limit), place ?? all.length];
    const data = all.slice(first, end).reverse().map(bodyOf);
    return { data, hasMore: endingBefore === null ? first > 0 : end < all.length };
  }

  private tell(happened: Omit<Happened, 'id'>): Happened {
    const { eventById, happened: all } = this;
    const event = { id: `evt_A${this.number}E${String(eventById.size).padStart(8, '0')}`, ...happened };
    eventById.set(event.id, event);
    let place = all.length;
    for (let before = all[place - 1]; before !== undefined && before.created > event.created; before = all[place - 1]) place -= 1;
    all.splice(place, 0, event);
    return event;
  }
}

/** Null: nothing changes. What customers and subscriptions end with is their end; products have chosen ids, and are made again. */
function truthAfter({ kind }: History, before: Truth | null, change: Step['change'], second: number): Truth | null {
  const isThere = before !== null && before.deletedAt === null;
  if (before !== null && !isThere && kind !== 'product') return null;
  if (change === 'delete') return isThere ? { ...before, deletedAt: second } : null;
  if (!isThere) return { thing: { a: 0, b: 0, ...change }, created: second, deletedAt: null };
  const thing = { ...before.thing, ...change };
  return thing.a === before.thing.a && thing.b === before.thing.b ? null : { ...before, thing };
}

function verbOf(before: Truth | null, after: Truth): string {
  if (after.deletedAt !== null) return 'deleted';
  return before === null || before.deletedAt !== null ? 'created' : 'updated';
}

/** The event as Stripe sends it. */
export function bodyOf({ id, type, created, objectId, of, before, after }: Happened): Printed {
  const object = printed(objectId, of, after);
  const isUpdate = before !== null && after.deletedAt === null;
  const previous = isUpdate ? { previous_attributes: whatWas(printed(objectId, of, before), object) } : {};
  return {
    id,
    object: 'event',
    api_version: API_VERSION,
    created,
    data: { object, ...previous },
    livemode: false,
    pending_webhooks: 1,
    request: { id: 'req_1', idempotency_key: null },
    type,
  };
}
