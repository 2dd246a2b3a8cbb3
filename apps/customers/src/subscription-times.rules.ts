import type { SubscriptionStatus } from '@turnpike/contracts-events';

/** Since when a subscription is what it is. */
export interface StatusTimes {
  readonly status: SubscriptionStatus;
  /** By the customer's clock; null only in rows of before it was kept. */
  readonly statusSince: Date | null;
  readonly trialConvertedAt: Date | null;
}

/** What is told about a status when it is shown. */
export interface StatusTold {
  readonly status: SubscriptionStatus;
  /** Stripe's stamp of what brought it, by the customer's clock: an event's, or the moment of a fetch's answer. */
  readonly toldAt: Date;
  /** When an event that was not shown told the same status; null when none did. */
  readonly heardAt: Date | null;
  /** When the event at hand says that the status was entered, from another; null where it says nothing of the kind. */
  readonly enteredAt: Date | null;
  readonly createdAt: Date | null;
  readonly trialStartsAt: Date | null;
  readonly trialEndsAt: Date | null;
  readonly endedAt: Date | null;
}

/**
 * Since when it has its status, as early as anything told proves. A status that is told again moves nothing: neither later, nor, by an
 * old event that comes again, back. But an event that tells how the status was entered, later than was thought, is right: a fetch on a test
 * clock may have been dated before that clock's advance was heard of, and a status may have been left and entered again unseen.
 */
export function statusTimes(before: StatusTimes | null, told: StatusTold): StatusTimes {
  const { status, enteredAt } = told;
  const since = before?.status === status ? before.statusSince : null;
  const statusSince = since ?? earliest(told.toldAt, told.heardAt, provenBy(told));
  if (since === null || enteredAt === null || enteredAt <= since)
    return { status, statusSince, trialConvertedAt: convertedAt(before, told, statusSince) };
  const isConversion = before?.trialConvertedAt?.getTime() === since.getTime();
  return { status, statusSince: enteredAt, trialConvertedAt: isConversion ? enteredAt : (before?.trialConvertedAt ?? null) };
}

/** A time on the subscription itself at which it entered the status; null where Stripe keeps none. */
function provenBy({ status, createdAt, trialStartsAt, endedAt }: StatusTold): Date | null {
  switch (status) {
    case 'canceled':
    case 'expired':
      return endedAt;
    case 'trialing':
      return trialStartsAt;
    case 'payment_pending':
    case 'not_started':
      return createdAt;
    case 'active':
    case 'past_due':
    case 'unpaid':
    case 'paused':
      return null;
    default:
      return status satisfies never;
  }
}

/** When a trial became a paid subscription: at the first active after it, be it at once or after its first payment had failed. */
function convertedAt(before: StatusTimes | null, { status, trialEndsAt }: StatusTold, since: Date): Date | null {
  if (status === 'trialing' || trialEndsAt === null) return null;
  if (before?.trialConvertedAt) return before.trialConvertedAt;
  if (status !== 'active') return null;
  // One that is first met long after its trial: nothing but the trial's end says when.
  return before === null ? earliest(since, trialEndsAt) : since;
}

function earliest(first: Date, ...others: (Date | null)[]): Date {
  return new Date(Math.min(first.getTime(), ...others.filter((time) => time !== null).map((time) => time.getTime())));
}
