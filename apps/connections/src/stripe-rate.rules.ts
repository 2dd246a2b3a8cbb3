import type { Environment } from '@turnpike/contracts-events';
import { StripeLane, type StripeLaneRates } from '@turnpike/contracts-http';

/** What one process has of an account's rate, and what it could use. */
export interface HeldShare {
  readonly holder: string;
  readonly wanted: StripeLaneRates;
  readonly granted: StripeLaneRates;
}

/** In the order in which one goes before the other. */
const LANES = StripeLane.options;
export const NOTHING: StripeLaneRates = { person: 0, writes: 0, sync: 0, backfill: 0 };

/** Of this many requests a second, one is kept from those that nobody waits for: a person who comes next finds it free. */
const ONE_KEPT_IN = 25;
/** No lane that is asked for gets less than one in so many, and none less than one, as long as there is one. */
const LEAST_ONE_IN = 20;
/** How fast a lowered rate comes back: within about ten seconds. */
const RECOVERS_IN_SECONDS = 10;
/** Where more than one answer in so many was 429, the rate is halved; fewer lower it by as many as were refused. */
const OVERLOADED_FROM = 1 / 5;

/**
 * The share of the account's rate that `me` gets: what would be fair if all asked now, and never more than the others leave. A share that is
 * too large shrinks when its holder asks again, so that all have theirs a second later.
 * @param limit requests a second over all processes
 * @param others leases that are not over
 */
export function grantFor(limit: number, me: Pick<HeldShare, 'holder' | 'wanted'>, others: readonly HeldShare[]): StripeLaneRates {
  let left = limit - others.reduce((sum, { granted }) => sum + LANES.reduce((all, lane) => all + granted[lane], 0), 0);
  const all = [...others, me];
  const budgets = budgetsOf(limit, all);
  const granted = { ...NOTHING };
  for (const lane of LANES) {
    if (lane === 'sync') left -= keptFor(limit, [...others, { granted }]);
    granted[lane] = Math.max(0, Math.min(left, partOf(budgets[lane], lane, me, all)));
    left -= granted[lane];
  }
  return granted;
}

/** What stays free for people and writes; nothing more where they have as much already. */
function keptFor(limit: number, all: readonly Pick<HeldShare, 'granted'>[]): number {
  const theirs = all.reduce((sum, { granted: { person, writes } }) => sum + person + writes, 0);
  return Math.max(0, keptOf(limit) - theirs);
}

function keptOf(limit: number): number {
  return limit > 1 ? Math.max(1, Math.floor(limit / ONE_KEPT_IN)) : 0;
}

/** What each lane may have: first the least that it needs to go on at all, then what is left in the lanes' order. */
function budgetsOf(limit: number, all: readonly Pick<HeldShare, 'wanted'>[]): StripeLaneRates {
  const wanted = (lane: StripeLane) => all.reduce((sum, share) => sum + share.wanted[lane], 0);
  const least = Math.max(1, Math.floor(limit / LEAST_ONE_IN));
  const kept = keptOf(limit);
  const budgets = { ...NOTHING };
  let left = limit;
  const give = (lane: StripeLane, most: number) => {
    const free = lane === 'sync' || lane === 'backfill' ? left - kept : left;
    const given = Math.max(0, Math.min(most, wanted(lane) - budgets[lane], free));
    budgets[lane] += given;
    left -= given;
  };
  for (const lane of LANES) give(lane, least);
  for (const lane of LANES) give(lane, Infinity);
  return budgets;
}

/** One's part of a lane: nobody gets more than wanted while another who wants as much has less. */
function partOf(
  budget: number,
  lane: StripeLane,
  me: Pick<HeldShare, 'holder'>,
  all: readonly Pick<HeldShare, 'holder' | 'wanted'>[],
): number {
  const waiting = all
    .filter(({ wanted }) => wanted[lane] > 0)
    .toSorted((one, other) => one.wanted[lane] - other.wanted[lane] || (one.holder < other.holder ? -1 : 1));
  let left = budget;
  for (const [at, { holder, wanted }] of waiting.entries()) {
    // The last ones get what does not divide: they want the most.
    const part = Math.min(wanted[lane], Math.floor(left / (waiting.length - at)));
    if (holder === me.holder) return part;
    left -= part;
  }
  return 0;
}

/** What is known of an account's rate: at most `perSecond`, as of `at` (epoch ms). Null: Stripe has refused nothing lately. */
export type LoweredRate = { readonly perSecond: number; readonly at: number } | null;

/**
 * The rate to share out now: Stripe's answers of 429 lower it, time brings it back.
 * @param limit what Stripe allows, requests a second
 */
export function rateNow(
  limit: number,
  lowered: LoweredRate,
  { answered, refused, now }: { answered: number; refused: number; now: number },
): { perSecond: number; lowered: LoweredRate } {
  const recovered = lowered === null ? limit : lowered.perSecond + (Math.max(0, now - lowered.at) / 1000) * (limit / RECOVERS_IN_SECONDS);
  if (refused === 0) {
    if (recovered >= limit) return { perSecond: limit, lowered: null };
    return { perSecond: Math.max(1, Math.floor(recovered)), lowered };
  }
  const isOverloaded = refused >= 2 && refused > answered * OVERLOADED_FROM;
  const from = Math.min(limit, recovered);
  const perSecond = Math.max(1, isOverloaded ? from / 2 : from - refused);
  return { perSecond: Math.max(1, Math.floor(perSecond)), lowered: { perSecond, at: now } };
}

/** Where an account's shares are kept: an account has one rate in each mode, whoever has connected it. */
export function rateKeyOf(environment: Environment, connectionId: string, stripeAccountId: string | null): string {
  return stripeAccountId === null ? `${environment}/${connectionId}` : `${environment}/${stripeAccountId}`;
}

/** Stripe counts each endpoint for itself, too (https://docs.stripe.com/rate-limits); the Sandbox does not. */
export function perEndpointOf(environment: Environment, limit: number): number {
  return environment === 'sandbox' ? limit : Math.min(limit, 25);
}
