import type { Decision, JsonObject, Known, StripeChange } from '@turnpike/stripe';

/** What a row is made of: one object's state in our words, and how it came to be shown. */
export interface Shown<P extends JsonObject> {
  readonly payload: P;
  /** False when the payload's list was cut at ten: shown only because nothing better ever was. */
  readonly isComplete: boolean;
}

/**
 * The state to show. Where nothing could be shown so far, the newest event's state stands in, in doubt and marked as such: a subscription
 * of twelve items is better known by ten of them than not at all (road 5.4). A deleted object is not filled up from events that tell of its life.
 */
export function shownOf<P extends JsonObject>(known: Known<P>): Shown<P> | null {
  if (known.payload !== null) return { payload: known.payload, isComplete: true };
  if (known.tombstone || known.unshown === null || known.unshown.payload === null) return null;
  return { payload: known.unshown.payload, isComplete: !known.dirtyBecause.some((mark) => mark.because === 'cut-list') };
}

/**
 * When the object was deleted, by Stripe's stamp: the newest deletion that is shown, whatever the order in which they were heard.
 * @returns null while it exists
 */
export function deletedAtAfter(before: Date | null, known: Known, change: StripeChange, decision: Decision): Date | null {
  if (!known.tombstone) return null;
  if (change.deleted !== true || decision.do === 'check' || decision.do === 'known') return before;
  return new Date(Math.max(change.created * 1000, before?.getTime() ?? 0));
}

/** The same after a fetch: what is found gone was gone at the latest when it was answered, or at the object's newest event. */
export function deletedAtAfterFetch(before: Date | null, known: Known, date: number | null, now: Date): Date | null {
  if (!known.tombstone) return null;
  if (before !== null) return before;
  const stamp = date ?? (known.newestSeen > 0 ? known.newestSeen : null);
  return stamp === null ? now : new Date(stamp * 1000);
}
