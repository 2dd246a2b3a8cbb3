import type { AccessChanged, InvoiceChanged, SubscriptionChanged } from '@turnpike/contracts-events';

/** What customers are told about (requirements §6.6). */
export const NOTIFICATION_SCOPES = [
  'TRIAL_ENDING.SUBSCRIPTION',
  'PAYMENT_FAILED.SUBSCRIPTION',
  'SUSPEND.ENTITLEMENT',
  'CANCEL.ENTITLEMENT',
  'REACTIVATE.SUBSCRIPTION',
] as const;
export type NotificationScope = (typeof NOTIFICATION_SCOPES)[number];

/** How long before a trial's end its customer is reminded, as Stripe does. */
export const TRIAL_ENDING_DAYS = 3;

/** News that is older than this, by the customer's clock, is none: a new installation hears of everything that ever was. */
export const NEWS_FOR_DAYS = 7;

const DAY_MS = 24 * 3600 * 1000;

/** Something that happened to a customer, in the words that a mail about it needs. */
export type Happening =
  | { readonly scope: 'TRIAL_ENDING.SUBSCRIPTION'; readonly trialEndsAt: Date }
  | {
      readonly scope: 'PAYMENT_FAILED.SUBSCRIPTION';
      readonly amount: number;
      readonly currency: string;
      readonly invoiceNumber: string | null;
      readonly declineCode: string | null;
      readonly nextAttemptAt: Date | null;
      readonly payUrl: string | null;
    }
  | { readonly scope: 'SUSPEND.ENTITLEMENT'; readonly left: 'core' | 'free' | 'none'; readonly reason: string }
  | { readonly scope: 'CANCEL.ENTITLEMENT'; readonly endedAt: Date }
  | { readonly scope: 'REACTIVATE.SUBSCRIPTION' };

export interface News {
  readonly happening: Happening;
  /** The same however often it is heard of. */
  readonly cause: string;
  /** By the customer's clock. */
  readonly at: Date;
}

/** When the reminder of a trial's end is due; null: there is no trial to end. */
export function trialReminderDueAt(subscription: Pick<SubscriptionChanged, 'status'> & { readonly trialEndsAt: Date | null }): Date | null {
  if (subscription.status !== 'trialing' || subscription.trialEndsAt === null) return null;
  return new Date(subscription.trialEndsAt.getTime() - TRIAL_ENDING_DAYS * DAY_MS);
}

/** Told once for each end that a trial is given: who prolongs a trial is reminded again. Null: not due, or over. */
export function trialEndingOf(
  subscription: { readonly id: string; readonly status: SubscriptionChanged['status']; readonly trialEndsAt: Date | null },
  now: Date,
): News | null {
  const dueAt = trialReminderDueAt(subscription);
  const { trialEndsAt } = subscription;
  if (dueAt === null || trialEndsAt === null || now < dueAt || now >= trialEndsAt) return null;
  return {
    happening: { scope: 'TRIAL_ENDING.SUBSCRIPTION', trialEndsAt },
    cause: `${subscription.id}/trial-ending/${trialEndsAt.toISOString()}`,
    at: dueAt,
  };
}

/** Told once for each attempt that fails. Null: nothing failed, or it was paid since. */
export function paymentFailedOf(invoice: InvoiceChanged): News | null {
  const { lastFailure, status } = invoice;
  if (lastFailure === null || status !== 'open') return null;
  return {
    happening: {
      scope: 'PAYMENT_FAILED.SUBSCRIPTION',
      amount: invoice.amountRemaining,
      currency: invoice.currency,
      invoiceNumber: invoice.number,
      declineCode: lastFailure.declineCode ?? lastFailure.code,
      nextAttemptAt: invoice.nextPaymentAttemptAt === null ? null : new Date(invoice.nextPaymentAttemptAt),
      payUrl: invoice.hostedUrl,
    },
    cause: `${invoice.invoiceId}/payment-failed/${invoice.attemptCount}`,
    at: new Date(lastFailure.at),
  };
}

/** Told once for each subscription, as Stripe's end of one is final. A deletion whose time nobody knows is told with the status's. */
export function canceledOf(subscription: SubscriptionChanged): News | null {
  if (subscription.status !== 'canceled') return null;
  const endedAt = subscription.endedAt ?? subscription.statusSince ?? subscription.canceledAt ?? subscription.deletedAt;
  if (!endedAt) return null;
  return {
    happening: { scope: 'CANCEL.ENTITLEMENT', endedAt: new Date(endedAt) },
    cause: `${subscription.subscriptionId}/canceled`,
    at: new Date(endedAt),
  };
}

/** An end that the customer chose is told as a cancellation, and not once more as a loss. */
export function accessMovedOf({ move }: Pick<AccessChanged, 'move'>): News | null {
  if (move === null || move.reason === 'canceled') return null;
  const at = new Date(move.at);
  if (move.kind === 'reactivated') return { happening: { scope: 'REACTIVATE.SUBSCRIPTION' }, cause: move.cause, at };
  if ((move.kind === 'reduced' || move.kind === 'ended') && move.to !== 'full')
    return { happening: { scope: 'SUSPEND.ENTITLEMENT', left: move.to, reason: move.reason }, cause: move.cause, at };
  return null;
}

/** A customer on a test clock is told of all that the clock ran over. @param clockAt where that clock stands; null: there is none */
export function isStillNews(news: Pick<News, 'at'>, clockAt: Date | null, now: Date): boolean {
  return clockAt !== null || now.getTime() - news.at.getTime() <= NEWS_FOR_DAYS * DAY_MS;
}
