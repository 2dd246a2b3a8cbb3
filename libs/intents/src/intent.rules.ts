import { createHash } from 'node:crypto';
import type { Scope } from '@turnpike/contracts-events';

/** Stripe forgets a key after 24 hours (https://docs.stripe.com/api/idempotent_requests); an hour is left for clocks and for the call. */
export const KEY_IS_GOOD_MS = 23 * 3600 * 1000;

const PREFIX = 'turnpike-';
const MOST_SECONDS_BETWEEN = 300;
const BLOCKED_SECONDS = 60;
const MOST_SECONDS_BLOCKED = 3600;

/** The key of one attempt: the same for every try of it, another for the next, and nobody else's. */
export function idempotencyKeyOf({ organization, environment }: Scope, connectionId: string, cause: string, attempt: number): string {
  const whole = JSON.stringify([organization, environment, connectionId, cause, attempt]);
  return `${PREFIX}${createHash('sha256').update(whole).digest('hex')}`;
}

/** Whether a key can be one of ours; whether it is, the table says. */
export function mayBeOurKey(idempotencyKey: string): boolean {
  return idempotencyKey.startsWith(PREFIX);
}

/**
 * What a try does first. Within 23 hours of the first one the same request under the same key is safe, whatever became of the earlier ones.
 * Later Stripe would do it again: so the result is looked for.
 */
export function firstStepOf({ firstSentAt }: { readonly firstSentAt: Date | null }, now: Date): 'send' | 'look' {
  return firstSentAt !== null && now.getTime() - firstSentAt.getTime() > KEY_IS_GOOD_MS ? 'look' : 'send';
}

/** How a failed try stands. `passing` goes by itself, `blocked` needs a person (a key, a permission), `final` is Stripe's no. */
export type FailureKind = 'passing' | 'blocked' | 'final' | 'bug';

/** What is known of a failure: Stripe's HTTP status, null where no answer of Stripe's came, and what our own parts said of it. */
export interface FailureFacts {
  readonly stripeStatus: number | null;
  /** No answer, 5xx, or the same key still at work: the write may have been done. */
  readonly isUnclear: boolean;
  /** `connections` does not answer. */
  readonly isUnavailable: boolean;
  /** The connection's key must not be used, or may not go there. */
  readonly isUnusable: boolean;
  /** The connection is removed, for ever. */
  readonly isRemoved: boolean;
}

export function kindOfFailure({ stripeStatus, isUnclear, isUnavailable, isUnusable, isRemoved }: FailureFacts): FailureKind {
  if (isRemoved) return 'final';
  if (isUnusable || stripeStatus === 401 || stripeStatus === 403) return 'blocked';
  if (isUnclear || isUnavailable || stripeStatus === 429) return 'passing';
  return stripeStatus === null ? 'bug' : 'final';
}

/**
 * Seconds until the next try, growing with the tries so far: to five minutes for what passes, to an hour for what waits for a person.
 * @param retryAfterSeconds what Stripe asked for; null where it did not
 */
export function secondsUntilNext(kind: 'passing' | 'blocked', tries: number, retryAfterSeconds: number | null): number {
  const doubled = 2 ** Math.min(Math.max(tries - 1, 0), 20);
  if (kind === 'blocked') return Math.min(BLOCKED_SECONDS * doubled, MOST_SECONDS_BLOCKED);
  return Math.max(Math.min(doubled, MOST_SECONDS_BETWEEN), retryAfterSeconds ?? 0);
}
