import { BatchedRows, type Database, type Transaction } from '@turnpike/service';
import { type Known, markedDirty, type OutsideReason } from '@turnpike/stripe';
import { FetchWishes, isWish } from './fetch-wishes.js';
import { MirroredObject } from './mirrored-object.entity.js';
import type { MirroredKind, Sight } from './mirrored-kind.js';
import { lockLate, type ObjectsByType, rememberedOf } from './named-objects.js';
import { keyOf, orderKeyOf, type StripeObject, wherever } from './stripe-object.js';

/** What is remembered of an object from now on. */
export interface Remembering {
  readonly known: Known;
  readonly deletedAt: Date | null;
  /** The list walk that has met it, where it was one (its fill's id). */
  readonly walkedIn?: string;
  readonly now: Date;
}

/**
 * What a mirror remembers of Stripe's objects, as its transactions work with it: read ahead, changed in memory, written in one statement. Every
 * method runs in the transaction of its caller, with the objects' order keys locked.
 */
export class MirroredRows {
  private readonly rows = new BatchedRows<MirroredObject>(MirroredObject, (row) => keyOf(row.objectType, objectOf(row)));
  /** By their keys, the named objects of a batch of which something is remembered: what it is matters to nobody who only names them. */
  private readonly remembered = new WeakMap<Transaction, Set<string>>();
  private readonly wishes: FetchWishes;

  /** @param wakeAt told after a commit when the soonest object in doubt is to be looked up (epoch ms) */
  constructor(
    private readonly database: Database,
    private readonly kinds: ReadonlyMap<string, MirroredKind>,
    wakeAt: (at: number) => void,
  ) {
    this.wishes = new FetchWishes(wakeAt);
  }

  /** Reads ahead all that will be asked for about these objects and those that they name, one statement each table. */
  async readAhead(met: ObjectsByType, named: ObjectsByType): Promise<void> {
    const transaction = this.database.current();
    const all = this.remembered.get(transaction) ?? new Set<string>();
    this.remembered.set(transaction, all);
    for (const [type, kind] of this.kinds) {
      const objects = met.of(type);
      if (objects.length > 0)
        await this.rows.readAhead(
          transaction,
          objects.map((object) => keyOf(type, object)),
          { objectType: type, ...wherever(objects) },
        );
      const further = named.of(type).filter((object) => this.rows.seen(transaction, keyOf(type, object)) === undefined);
      const remembered = await rememberedOf(transaction, type, further);
      for (const key of remembered) all.add(key);
      const isRemembered = (object: StripeObject) => remembered.has(keyOf(type, object));
      this.rows.noneOf(
        transaction,
        further.filter((object) => !isRemembered(object)).map((object) => keyOf(type, object)),
      );
      const prepared = [
        ...objects.map((object) => ({ ...object, isKnown: !!this.rows.seen(transaction, keyOf(type, object)) })),
        ...further.map((object) => ({ ...object, isKnown: isRemembered(object) })),
      ];
      if (prepared.length > 0) await kind.prepare?.(prepared);
    }
  }

  of(type: string, object: StripeObject): Promise<MirroredObject | null> {
    return this.rows.find(this.database.current(), keyOf(type, object), { objectType: type, ...wherever([object]) });
  }

  remember(type: string, object: StripeObject, row: MirroredObject | null, { known, deletedAt, walkedIn, now }: Remembering): void {
    const { scope, connectionId, stripeId } = object;
    const transaction = this.database.current();
    const before = row?.known ?? null;
    const remembered = { known, deletedAt, walkedIn: walkedIn ?? row?.walkedIn ?? null };
    const changed = row ?? { ...scope, connectionId, objectType: type, stripeId, metAt: now, ...remembered, revision: 0 };
    this.rows.write(transaction, Object.assign(changed, remembered));
    if (isWish({ known, before })) this.wish(type, object, known, before);
  }

  /** Its wish to be looked up is as what is known of it says, also where nothing changed. */
  wish(type: string, object: StripeObject, known: Known, before: Known | null): void {
    this.wishes.add(this.database.current(), { object, type, known, before });
  }

  /** Puts an object in doubt for a reason that no event carries, and shows it so. */
  async suspect(type: string, object: StripeObject, because: OutsideReason, now: Date, walkedIn?: string): Promise<void> {
    const row = await this.of(type, object);
    const before = row?.known ?? null;
    const known = markedDirty(before, because, now.getTime());
    const deletedAt = row?.deletedAt ?? null;
    this.remember(type, object, row, { known, deletedAt, now, ...(walkedIn === undefined ? {} : { walkedIn }) });
    const sight: Sight = { known, before, deletedAt, stamp: null, isFetched: false, change: null, now };
    await this.kinds.get(type)?.show(object, sight);
  }

  /** Something names this object. If nothing was ever heard of it, it is remembered as a stub, shown as such, and looked up soon. */
  async meet(type: string, object: StripeObject, now: Date): Promise<void> {
    if (!this.kinds.has(type)) return;
    const transaction = this.database.current();
    const key = keyOf(type, object);
    if (this.remembered.get(transaction)?.has(key)) return;
    if (this.rows.seen(transaction, key) === undefined) await lockLate(transaction, orderKeyOf(object));
    if ((await this.of(type, object)) === null) await this.suspect(type, object, 'stub', now);
  }
}

function objectOf({ organization, environment, connectionId, stripeId }: MirroredObject): StripeObject {
  return { scope: { organization, environment }, connectionId, stripeId };
}
