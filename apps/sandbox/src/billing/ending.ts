import { subscriptionIdOf } from './invoice.js';
import type { CancellationDetails, Subscription } from './subscription.js';
import type { Transition } from './transition.js';

/**
 * Ends a subscription at this moment, for good (K13). Its invoices that are not paid stay as they are, but nothing happens to them by itself
 * any more.
 */
export function endSubscription(t: Transition, subscription: Subscription, details: Partial<CancellationDetails> = {}): Subscription {
  const ended = t.keep<Subscription>({
    ...subscription,
    canceled_at: subscription.canceled_at ?? t.at,
    cancellation_details: { ...subscription.cancellation_details, ...details },
    ended_at: t.at,
    pending_update: null,
    status: 'canceled',
  });
  for (const invoice of t.state.list('invoice')) {
    const isOpen = invoice.status === 'open' || invoice.status === 'draft';
    if (!isOpen || subscriptionIdOf(invoice) !== subscription.id) continue;
    t.update('invoice.updated', { ...invoice, auto_advance: false, automatically_finalizes_at: null, next_payment_attempt: null });
  }
  t.tell('customer.subscription.deleted', ended);
  return ended;
}

/** The subscription waited 23 hours for its first payment in vain, or its first invoice was voided (K5, M13). */
export function expireSubscription(t: Transition, subscription: Subscription): Subscription {
  return t.change<Subscription>('customer.subscription.updated', { ...subscription, ended_at: t.at, status: 'incomplete_expired' });
}
