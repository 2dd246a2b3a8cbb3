import type { HistoryGapCause } from '@turnpike/contracts-events';
import type { EventCursor } from './event-cursor.entity.js';
import type { GapSweepCause } from './gap-sweep.entity.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Stripe lists the events of 30 days (https://docs.stripe.com/api/events); an hour less, so that none falls out while we read. */
const REACH_MS = 30 * DAY_MS - HOUR_MS;
/** An event that is younger than this and is not there was deleted; one that is older may have gone by its age. */
const SURELY_KEPT_MS = 29 * DAY_MS;
/** Without a look for so long, what is found is told as the find after a pause. */
const PAUSE_MS = 5 * 60_000;

type Known = Pick<EventCursor, 'eventSeenAt' | 'knownUntil'>;

/**
 * Whether there is a time that Stripe's list of events cannot tell of any more; null when there is none.
 * @param isEventGone whether Stripe does not know the cursor's event any more
 */
export function gapOf({ eventSeenAt, knownUntil }: Known, isEventGone: boolean, now: Date): HistoryGapCause | null {
  if (knownUntil === null) return 'new_connection';
  const lastThere = Math.max(knownUntil.getTime(), eventSeenAt?.getTime() ?? 0);
  if (now.getTime() - lastThere > REACH_MS) return 'too_long_ago';
  const mustBeThere = eventSeenAt !== null && now.getTime() - eventSeenAt.getTime() < SURELY_KEPT_MS;
  return isEventGone && mustBeThere ? 'events_deleted' : null;
}

/** What events found missing are put down to, where there is no gap. @param startedAt since when this process looks */
export function becauseOf({ knownUntil }: Known, startedAt: Date, now: Date): GapSweepCause {
  const until = knownUntil?.getTime() ?? 0;
  return until < startedAt.getTime() || now.getTime() - until > PAUSE_MS ? 'pause' : 'webhooks_missing';
}

/** An event of Stripe's list. `isSettled`: it is stored, or of a type that our endpoint did not ask for. */
export interface Sighting {
  readonly eventId: string;
  readonly isSettled: boolean;
}

/** Which of the events to come have had the time that a webhook may take: all, none, or those up to the one that was the newest a while ago. */
export type HadItsTime = 'all' | 'none' | { readonly upTo: string };

/**
 * How many of a page's events, oldest first, can be taken as they are: settled, or missed. The first that may only be late ends it, and
 * is looked at again. No time stamp of Stripe's is asked.
 */
export function decidedOf(page: readonly Sighting[], before: HadItsTime): { decided: number; hadItsTime: HadItsTime } {
  let hadItsTime = before;
  for (const [at, { eventId, isSettled }] of page.entries()) {
    if (hadItsTime === 'none' && !isSettled) return { decided: at, hadItsTime };
    if (typeof hadItsTime === 'object' && hadItsTime.upTo === eventId) hadItsTime = 'none';
  }
  return { decided: page.length, hadItsTime };
}

/** Milliseconds until a look at this time can tell what was missed up to the horizon. */
export function untilRipe(horizonAt: Date, graceSeconds: number, now: Date): number {
  return Math.max(0, horizonAt.getTime() + graceSeconds * 1000 - now.getTime());
}

/** Seconds to wait after the n-th failure in a row: short at first, since most pass soon. */
export function pauseAfterFailure(failures: number, everySeconds: number): number {
  return Math.min(Math.min(everySeconds, 5) * 2 ** Math.min(failures - 1, 10), 300);
}
