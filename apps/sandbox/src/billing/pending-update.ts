import type { Subscription } from './subscription.js';
import type { Transition } from './transition.js';

/** A change that waits for its payment (K6): 23 hours, as everything that waits for a first payment. */

export function applyPendingUpdate(t: Transition, subscription: Subscription): void {
  const pending = subscription.pending_update;
  if (pending === null) return;
  const applied = t.change<Subscription>('customer.subscription.updated', {
    ...subscription,
    billing_cycle_anchor: pending.billing_cycle_anchor ?? subscription.billing_cycle_anchor,
    items: { ...subscription.items, data: pending.subscription_items ?? subscription.items.data },
    pending_update: null,
  });
  // Paid at once, it never waited.
  const waited = t.original.find('subscription', subscription.id)?.pending_update ?? null;
  if (waited !== null) t.tell('customer.subscription.pending_update_applied', applied);
}

export function expirePendingUpdate(t: Transition, subscription: Subscription): void {
  const after = t.change<Subscription>('customer.subscription.updated', { ...subscription, pending_update: null });
  t.tell('customer.subscription.pending_update_expired', after);
}
