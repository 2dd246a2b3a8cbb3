import { previousAttributes } from '../change.js';
import type { Change, Emitted, Kind, Kinds, State, StripeObject } from '../state.js';

interface Folded {
  readonly type: string;
  readonly kind: string;
  readonly id: string;
  /** undefined: the object is new. */
  readonly before: StripeObject | undefined;
}

/**
 * One change of billing while it is put together, all of it at one instant. Billing's steps lead into each other (a period ends, so an invoice
 * is made, so a card is charged, so the subscription is past due), and each needs the state the one before left: they share one of these.
 * It never leaves the pure function that made it; what leaves is the Change.
 */
export class Transition {
  /** The state before anything of this change happened. */
  readonly original: State;
  private readonly told: Array<Emitted | Folded> = [];
  private readonly open = new Set<string>();

  constructor(
    public state: State,
    /** When it happens: a test clock's time for what lives on one. */
    readonly at: number,
    /** true: no request was the occasion, but the passing of time (checklist B13). */
    private readonly automatic: boolean,
  ) {
    this.original = state;
  }

  /** The object as it stands in the middle of the change. */
  find<K extends Kind>(kind: K, id: string | null): Kinds[K] | undefined {
    return id === null ? undefined : this.state.find(kind, id);
  }

  /** Saves and tells nobody. */
  keep<T extends Kinds[Kind]>(object: T): T {
    this.state = this.state.with(object);
    return object;
  }

  drop(kind: Kind, id: string): void {
    this.state = this.state.without(kind, id);
  }

  /** Tells of an object as it is at this point. */
  tell(type: string, object: StripeObject): void {
    this.told.push({ type, object, at: this.at });
  }

  /** Saves a new object and tells of it as it is at this point. */
  make<T extends Kinds[Kind]>(type: string, object: T): T {
    this.keep(object);
    this.tell(type, object);
    return object;
  }

  /** Saves, and tells what changed, when something did. */
  update<T extends Kinds[Kind]>(type: string, object: T): T {
    const before = this.state.findAny(object.object, object.id);
    const previous = before === undefined ? {} : previousAttributes(before, object);
    if (Object.keys(previous).length === 0) return object;
    this.keep(object);
    this.told.push({ type, object, previous, at: this.at });
    return object;
  }

  /** Saves a new object; its event stands here but shows it as the whole change leaves it. */
  begin<T extends Kinds[Kind]>(type: string, object: T): T {
    this.fold({ type, kind: object.object, id: object.id, before: undefined });
    return this.keep(object);
  }

  /** Saves; however often the object changes before the end, one event tells the sum of it. */
  change<T extends Kinds[Kind]>(type: string, object: T): T {
    if (!this.open.has(object.id)) {
      this.fold({ type, kind: object.object, id: object.id, before: this.state.findAny(object.object, object.id) });
    }
    return this.keep(object);
  }

  end(): Change {
    const events = this.told.flatMap((entry) => ('object' in entry ? [entry] : this.unfolded(entry)));
    return { state: this.state, events: this.automatic ? events.map((event) => ({ ...event, automatic: true })) : events };
  }

  private fold(folded: Folded): void {
    this.open.add(folded.id);
    this.told.push(folded);
  }

  private unfolded({ type, kind, id, before }: Folded): Emitted[] {
    const object = this.state.findAny(kind, id);
    if (object === undefined) return [];
    if (before === undefined) return [{ type, object, at: this.at }];
    const previous = previousAttributes(before, object);
    return Object.keys(previous).length === 0 ? [] : [{ type, object, previous, at: this.at }];
  }
}
