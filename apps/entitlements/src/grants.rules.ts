import type { AccessLevel, AccessPolicy, SubscriptionChanged } from '@turnpike/contracts-events';

/** What of a subscription decides about access. */
export type SubscriptionFacts = Pick<
  SubscriptionChanged,
  | 'subscriptionId'
  | 'connectionId'
  | 'status'
  | 'statusSince'
  | 'trialEndsAt'
  | 'trialConvertedAt'
  | 'cancelAt'
  | 'endedAt'
  | 'clockId'
  | 'deletedAt'
> & { readonly priceIds: readonly string[] };

/** From a moment on, by the customer's clock in epoch milliseconds, a subscription grants this much, for this reason. */
export interface Step {
  /** -Infinity: as far back as anybody asks. */
  readonly from: number;
  readonly level: AccessLevel;
  readonly reason: string;
}

/** Higher grants more. */
export const RANK: Readonly<Record<AccessLevel, number>> = { none: 0, free: 1, core: 2, full: 3 };

/** Days are of 24 hours of the customer's clock, whatever its time zone did in between. */
export const DAY_MS = 24 * 60 * 60 * 1000;

const ALWAYS = Number.NEGATIVE_INFINITY;
const NEVER = Number.POSITIVE_INFINITY;

/** Whether there is anything to grant or to wait for; what has ended says nothing while another subscription lives. */
export function isLive({ status, deletedAt }: SubscriptionFacts): boolean {
  return deletedAt === null && (status === 'trialing' || status === 'active' || status === 'past_due' || status === 'unpaid');
}

/**
 * What a subscription grants of one of its plans, from always on (requirements S13 to S24, §6.2). The steps only ever go down: whatever
 * gives more again comes as an event.
 *
 * A trial does not end by itself at `trialEndsAt`: Stripe decides within the hour whether it was paid, and says so.
 * @param policy null for a price that no plan is known for: it grants nothing
 */
export function stepsOf(subscription: SubscriptionFacts, policy: AccessPolicy | null): readonly Step[] {
  if (policy === null && isLive(subscription)) return [{ from: ALWAYS, level: 'free', reason: 'price_unknown' }];
  const steps = policy === null ? [ended(subscription)] : stepsOfStatus(subscription, policy);
  return cutAt(steps, agreedEnd(subscription), reasonOfAgreedEnd(subscription));
}

/**
 * What members who do not handle billing have beyond that: a trial that ended unpaid goes on for them for the plan's grace (S15).
 * @returns until when, in epoch milliseconds; null where there was no such trial. A writer that does not say whether a trial was paid for
 * (before 0.1) leaves it open, and nothing is granted on a guess.
 */
export function trialGraceUntil(subscription: SubscriptionFacts, policy: AccessPolicy): number | null {
  const end = unpaidTrialEnd(subscription);
  return end === null ? null : end + policy.trialEnd.graceDays * DAY_MS;
}

function stepsOfStatus(subscription: SubscriptionFacts, policy: AccessPolicy): readonly Step[] {
  const { status, deletedAt } = subscription;
  if (deletedAt !== null) return [ended(subscription)];
  const since = at(subscription.statusSince) ?? NEVER; // a writer that does not say since when: nothing runs out
  switch (status) {
    case 'trialing':
    case 'active':
      return [{ from: ALWAYS, level: 'full', reason: status }];
    case 'past_due':
      return [
        { from: ALWAYS, level: 'full', reason: 'past_due_in_grace' },
        { from: since + policy.pastDue.graceDays * DAY_MS, level: policy.pastDue.then, reason: 'past_due' },
      ];
    case 'unpaid':
      return [
        { from: ALWAYS, level: 'core', reason: 'unpaid' },
        { from: since + policy.unpaid.coreDays * DAY_MS, level: 'free', reason: 'unpaid' },
      ];
    case 'canceled':
    case 'paused':
    case 'expired':
    case 'payment_pending':
    case 'not_started':
      return [ended(subscription)];
    default:
      return status satisfies never;
  }
}

function ended(subscription: SubscriptionFacts): Step {
  return { from: ALWAYS, level: 'free', reason: reasonOfEnd(subscription) };
}

function reasonOfEnd(subscription: SubscriptionFacts): string {
  const { status, deletedAt, endedAt, trialEndsAt } = subscription;
  if (status !== 'canceled' && deletedAt === null) return status;
  const trialEnd = at(trialEndsAt);
  const end = at(endedAt);
  const isUnpaidTrial = subscription.trialConvertedAt === null && trialEnd !== null && end !== null && end >= trialEnd;
  return isUnpaidTrial ? 'trial_ended' : 'canceled';
}

/** The end that is agreed for the future takes effect by the clock, with no event (S22). */
function agreedEnd(subscription: SubscriptionFacts): number | null {
  return isLive(subscription) ? at(subscription.cancelAt) : null;
}

function reasonOfAgreedEnd({ status, cancelAt, trialEndsAt }: SubscriptionFacts): string {
  const end = at(cancelAt);
  const trialEnd = at(trialEndsAt);
  return status === 'trialing' && end !== null && trialEnd !== null && end >= trialEnd ? 'trial_ended' : 'canceled';
}

/** Nothing of what was bought is left after the end. Where less than the free set was left before, it stays so until an event says more. */
function cutAt(steps: readonly Step[], end: number | null, reason: string): readonly Step[] {
  if (end === null) return steps;
  const before = steps.filter((step) => step.from < end);
  const level = before.at(-1)?.level === 'none' ? 'none' : 'free';
  return [...before, { from: end, level, reason }];
}

function unpaidTrialEnd(subscription: SubscriptionFacts): number | null {
  const { status, trialEndsAt, trialConvertedAt, endedAt, cancelAt, deletedAt } = subscription;
  const trialEnd = at(trialEndsAt);
  if (trialEnd === null || trialConvertedAt !== null) return null;
  if (status === 'trialing' && deletedAt === null) {
    const cancel = at(cancelAt);
    return cancel === null ? null : Math.min(cancel, trialEnd);
  }
  const hasEnded = deletedAt !== null || status === 'past_due' || status === 'unpaid' || status === 'paused' || status === 'canceled';
  return hasEnded ? Math.min(trialEnd, at(endedAt) ?? NEVER, at(deletedAt) ?? NEVER) : null;
}

function at(instant: string | null | undefined): number | null {
  return instant === null || instant === undefined ? null : Date.parse(instant);
}
