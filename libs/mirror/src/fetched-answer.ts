import type { FetchAnswer, JsonObject, Known } from '@turnpike/stripe';
import { verdictOnFetch } from './fetch-failure.rules.js';
import type { Leased } from './fetch-queue.js';
import type { MirroredKind } from './mirrored-kind.js';

/** What Stripe answered about a leased object: the object as it came over the wire, or what the SDK threw. */
export type FetchedAnswer =
  | { readonly outcome: 'found'; readonly object: JsonObject; readonly date: number | null }
  | { readonly outcome: 'failed'; readonly error: unknown };

type Told =
  | Omit<Extract<FetchAnswer<JsonObject>, { outcome: 'found' }>, 'startedAtCounter'>
  | Omit<Extract<FetchAnswer<JsonObject>, { outcome: 'missing' }>, 'startedAtCounter'>
  | Omit<Extract<FetchAnswer<JsonObject>, { outcome: 'refused' }>, 'startedAtCounter'>;

/** An answer as the rules take it. */
export function toldBy(kind: MirroredKind, before: Known, answer: FetchedAnswer, leased: Leased): Told {
  if (answer.outcome === 'failed') {
    const verdict = verdictOnFetch(answer.error, leased.tries);
    if (verdict.then === 'refused') return { outcome: 'refused', because: verdict.because };
    return { outcome: 'missing', date: null };
  }
  const payload = kind.read(answer.object);
  const deleted = 'deleted' in answer.object && answer.object.deleted === true;
  const clock = kind.clockOf?.(before.payload !== null && deleted ? before.payload : payload) ?? null;
  // Of a deleted object Stripe tells no more than its id, and what was known of it stays (architecture rule 11).
  return {
    outcome: 'found',
    payload: deleted ? (before.payload ?? payload) : payload,
    deleted,
    date: clock === null ? answer.date : null,
  };
}
