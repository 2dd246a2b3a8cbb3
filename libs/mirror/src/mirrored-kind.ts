import type { Scope } from '@turnpike/contracts-events';
import { answeredAt, type JsonObject, type Known, type StripeChange, type StripeHint } from '@turnpike/stripe';
import type Stripe from 'stripe';
import type { ListWalk } from './list-walk.js';
import type { StripeObject } from './stripe-object.js';

/** An object that another one names, by its kind's `type`. */
export interface NamedObject {
  readonly type: string;
  readonly stripeId: string;
}

/** An object that a batch is about, and whether anything is remembered of it. */
export interface PreparedObject extends StripeObject {
  readonly isKnown: boolean;
}

/** How an object has come to be known, for the kind that shows it. */
export interface Sight<P extends JsonObject = JsonObject> {
  readonly known: Known<P>;
  /** What was known before; null: nothing, so that there is no row yet. */
  readonly before: Known<P> | null;
  /** Stripe's stamp of the newest deletion that is shown; null while it exists. */
  readonly deletedAt: Date | null;
  /**
   * Stripe's stamp of what brought this state, epoch seconds: an event's `created` (on a test clock, that clock's time), a fetch's `Date`
   * (always the wall's). Null for a suspicion, which brings no state.
   */
  readonly stamp: number | null;
  readonly isFetched: boolean;
  /** The event that was heard, whether it is shown or not; null for a fetch and for a suspicion. */
  readonly change: StripeChange<P> | null;
  readonly now: Date;
}

/** What Stripe answered to a fetch. */
export interface FetchedObject {
  /** The whole object, with all entries of its lists (a cut list is not whole). */
  readonly object: object;
  /** `answeredAt` of the first answer that it is made of: epoch seconds. */
  readonly date: number | null;
}

/**
 * One kind of Stripe's objects that a service mirrors: how it is read, fetched and shown. The methods for Stripe's words live in
 * libs/stripe; `show` is the service's.
 */
export interface MirroredKind<P extends JsonObject = JsonObject> {
  /** Its name in `mirrored_object`: `customer`. */
  readonly type: string;
  /** How its ids begin at Stripe (`cus_`): all that is known when a message about it could not be read. Null: merchants choose the ids. */
  readonly idPrefix: string | null;
  /** Whether events of this type (`customer.updated`) tell of it. */
  hears(eventType: string): boolean;
  /** An event as the rules take it. What cannot be read is an answer of theirs, not a throw. */
  normalise(hint: StripeHint): StripeChange<P>;
  /**
   * Asks Stripe for the whole object. Outside any transaction, at most 20 s. Throws what the SDK throws: a 404 among them is understood.
   * For most: `async (stripe, id) => asFetched(await stripe.customers.retrieve(id))`.
   */
  fetch(stripe: Stripe, stripeId: string): Promise<FetchedObject>;
  /** A fetched object in our words. @throws UnknownStripeValue, UnreadableStripeObject */
  read(object: unknown): P;
  /** The test clock that the object lives on; its events are then stamped by that clock, and the wall's `Date` says nothing about them. */
  clockOf?(payload: P): string | null;
  /** How all of them are listed: for fills and comparisons. Without it none are made of this kind. */
  readonly walk?: ListWalk;
  /** Objects of this service's kinds that it names (as Stripe wrote it): those never heard of get a stub and are fetched (road, Settled 5). */
  names?(object: JsonObject): readonly NamedObject[];
  /** Further order keys, as on the wire, that `show` needs locked for this object (as Stripe wrote it). */
  alsoLocks?(scope: Scope, object: JsonObject): readonly string[];
  /** Reads ahead in one statement what `show` will ask for. Runs in the batch's transaction, with the keys locked. */
  prepare?(objects: readonly PreparedObject[]): Promise<void>;
  /** Writes and announces what is shown of it now; silent if that changes nothing. Runs in a transaction, with its order key locked. */
  show(object: StripeObject, sight: Sight<P>): Promise<void>;
}

/** An answer of the SDK as `MirroredKind.fetch` returns it. */
export function asFetched(answer: object): FetchedObject {
  return { object: answer, date: answeredAt(answer) };
}
