import type { StripeObject } from '../state.js';
import type { Subscription, SubscriptionItem } from './subscription.js';
import type { Transition } from './transition.js';

/** An invoice that resumes its subscription when it is paid, and is void 23 hours later when it is not (K15). */
export interface Resumption extends StripeObject {
  readonly object: 'sandbox.resumption';
  readonly subscription: string;
  readonly expires_at: number;
  readonly billing_cycle_anchor: number;
  readonly items: readonly SubscriptionItem[];
}
declare module '../state.js' {
  interface Kinds {
    'sandbox.resumption': Resumption;
  }
}

export type PauseReason = 'trial_end_without_payment_method' | 'pause_requested';

/** Paused: no periods, no invoices, until it is resumed. */
export function pauseSubscription(t: Transition, subscription: Subscription, reason: PauseReason): void {
  const paused = t.change<Subscription>('customer.subscription.updated', {
    ...subscription,
    status: 'paused',
    status_details: { paused: { subscription: { type: reason }, type: 'subscription' } },
  });
  t.tell('customer.subscription.paused', paused);
}

/** The resuming invoice was paid, or there was nothing to pay. */
export function resumed(t: Transition, subscription: Subscription): void {
  const resumption = t.state.list('sandbox.resumption').find((one) => one.subscription === subscription.id);
  const active = t.change<Subscription>('customer.subscription.updated', {
    ...withoutPause(subscription),
    billing_cycle_anchor: resumption?.billing_cycle_anchor ?? subscription.billing_cycle_anchor,
    items: { ...subscription.items, data: resumption?.items ?? subscription.items.data },
    status: 'active',
  });
  if (resumption !== undefined) t.drop('sandbox.resumption', resumption.id);
  t.tell('customer.subscription.resumed', active);
}

/** `status_details` is there only while a pause is. */
function withoutPause(subscription: Subscription): Subscription {
  const { status_details: _paused, ...rest } = subscription;
  // Rest of a type with an index loses its named fields: everything but the one optional field is still there.
  return rest as Subscription;
}
