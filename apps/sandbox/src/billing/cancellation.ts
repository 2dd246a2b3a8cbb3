import { invalidRequest } from '../stripe-error.js';
import { lastPeriodEndOf, periodEndOf, type Subscription } from './subscription.js';
import type { SentUpdate } from './subscription-fields.js';

/** What a request says about when and why the subscription is to end (K12). Nothing of it ends the subscription yet. */
export function scheduleCancellation(subscription: Subscription, sent: SentUpdate, at: number): Subscription {
  return withDetails(withEnd(subscription, sent, at), sent.cancellation_details);
}

/** Comment and feedback as sent, the rest as it was. */
export function withDetails(subscription: Subscription, sent: SentUpdate['cancellation_details']): Subscription {
  if (sent === undefined) return subscription;
  const { cancellation_details: before } = subscription;
  return {
    ...subscription,
    cancellation_details: {
      comment: sent.comment === undefined ? before.comment : sent.comment,
      feedback: sent.feedback === undefined ? before.feedback : sent.feedback,
      feedback_option: sent.feedback_option ?? before.feedback_option,
      reason: before.reason,
    },
  };
}

function withEnd(subscription: Subscription, { cancel_at, cancel_at_period_end }: SentUpdate, at: number): Subscription {
  if (cancel_at_period_end === true) return ending(subscription, lastPeriodEndOf(subscription), true, at);
  if (cancel_at === 'min_period_end') return ending(subscription, periodEndOf(subscription), false, at);
  if (cancel_at === 'max_period_end') return ending(subscription, lastPeriodEndOf(subscription), false, at);
  if (typeof cancel_at === 'number') {
    if (cancel_at <= at) throw invalidRequest('cancel_at must be in the future.', { param: 'cancel_at' });
    return ending(subscription, cancel_at, false, at);
  }
  const isTakenBack = cancel_at === null || (cancel_at_period_end === false && subscription.cancel_at_period_end);
  if (!isTakenBack || subscription.cancel_at === null) return subscription;
  return {
    ...subscription,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { ...subscription.cancellation_details, reason: null },
  };
}

function ending(subscription: Subscription, end: number, atPeriodEnd: boolean, at: number): Subscription {
  return {
    ...subscription,
    cancel_at: end,
    cancel_at_period_end: atPeriodEnd,
    canceled_at: subscription.canceled_at ?? at,
    cancellation_details: { ...subscription.cancellation_details, reason: 'cancellation_requested' },
  };
}
