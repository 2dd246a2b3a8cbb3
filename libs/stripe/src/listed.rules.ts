import { isStub, TIE_SECONDS } from './convergence.rules.js';
import type { Known } from './convergence.rules.js';
import { type JsonObject, sameJson } from './json.js';
import { afterFetch, markedDirty } from './known.rules.js';

/** One object as a list has answered it. */
export interface ListedObject<P extends JsonObject = JsonObject> {
  /** In our words; null: it holds something that this version cannot read. */
  readonly payload: P | null;
  /** False: the list leaves something of it out. */
  readonly isWhole: boolean;
  /** The answer's `Date`, epoch seconds. Null for an object on a test clock, whose events are stamped by that clock. */
  readonly date: number | null;
  /** How long before its `Date` Stripe may have looked: the time between question and answer, seconds. */
  readonly took: number;
}

export type ListedDecision =
  /** It is the truth: nothing was known, or the list is newer than all that is. */
  | 'take'
  /** It is what is known already. */
  | 'same'
  /** It differs, and may be older than what is known: look the object up. */
  | 'doubt'
  /** It cannot be read: look it up, to say so. */
  | 'unreadable'
  /** Something of it is not in the list: look it up, so that all of it is of one moment, and nobody else asks about it meanwhile. */
  | 'partial'
  /** The object is in doubt already, and will be looked up anyway. */
  | 'wait';

/**
 * What is to be done with an object that a list shows (architecture rule 5). A list is an answer like a fetch, but for one thing: nobody
 * noted what was known of the object when it was asked for. So it is taken only where every event counted, and every answer, is older
 * than the moment at which Stripe can have looked; everything else that differs is looked up by itself.
 */
export function whatToDoWithListed<P extends JsonObject>(known: Known<P> | null, listed: ListedObject<P>): ListedDecision {
  const { payload, isWhole } = listed;
  if (payload === null || !isWhole) {
    if (known?.standing === 'dirty') return 'wait';
    return payload === null ? 'unreadable' : 'partial';
  }
  if (known === null || isStub(known)) return 'take';
  if (known.standing === 'dirty') return 'wait';
  const isNewer = listed.date !== null && Math.max(known.watermark, known.newestSeen) < listed.date - listed.took - TIE_SECONDS;
  if (known.tombstone || !sameJson(known.payload, payload)) return isNewer ? 'take' : 'doubt';
  if (known.unverified) return isNewer ? 'take' : 'doubt';
  return 'same';
}

/** The same in a comparison, which looks up whatever differs and takes only what nobody knew. */
export function whatToDoWithCompared<P extends JsonObject>(known: Known<P> | null, listed: ListedObject<P>): ListedDecision {
  const decision = whatToDoWithListed(known, listed);
  return decision === 'take' && known !== null ? 'doubt' : decision;
}

/** The object after a list's answer was taken for the truth. @param now epoch ms */
export function afterListed<P extends JsonObject>(
  known: Known<P> | null,
  { payload, date }: { readonly payload: P; readonly date: number | null },
  now: number,
): Known<P> {
  const before = known ?? markedDirty<P>(null, 'stub', now);
  return afterFetch(before, { startedAtCounter: before.counter, outcome: 'found', payload, date }, now);
}
