import type { State } from '../state.js';
import { invalidRequest } from '../stripe-error.js';
import { HOUR } from './calendar.js';
import { collect, finalizeInvoice } from './collecting.js';
import { pauseSubscription, resumed } from './pausing.js';
import { invoicePeriods, periodFrom } from './renewal.js';
import type { Subscription } from './subscription.js';
import type { SentResume } from './subscription-fields.js';
import { Transition } from './transition.js';
import { creditRest } from './waiting.js';

const PAID_WITHIN = 23 * HOUR;

/** POST /v1/subscriptions/:id/pause: a true pause, which stops periods and gives back what was paid for the rest of this one (K15). */
export function pauseNow(state: State, subscription: Subscription, at: number): Transition {
  if (subscription.status !== 'active') {
    throw invalidRequest(`Only active subscriptions can be paused; this one is \`${subscription.status}\`.`);
  }
  const t = new Transition(state, at, false);
  for (const item of subscription.items.data) creditRest(t, subscription, item, at);
  pauseSubscription(t, subscription, 'pause_requested');
  return t;
}

/**
 * POST /v1/subscriptions/:id/resume: a new period. It resumes with the attempt to collect its invoice, whatever comes of it, or only when the
 * invoice is paid (`resume_on_payment_success`), which is void after 23 hours (K15).
 */
export function resumeSubscription(state: State, subscription: Subscription, sent: SentResume, at: number): Transition {
  if (subscription.status !== 'paused') {
    throw invalidRequest('Only subscriptions in `paused` status can be resumed.');
  }
  const t = new Transition(state, at, false);
  const anchor = sent.billing_cycle_anchor === 'unchanged' ? subscription.billing_cycle_anchor : at;
  const items = subscription.items.data.map((item) => periodFrom(item, at, anchor));
  const invoice = invoicePeriods(t, subscription, items, {
    reason: 'subscription_update',
    period: { start: at, end: at },
    finalizesAt: null,
  });
  if (invoice === undefined) return t;
  t.keep({
    id: invoice.id,
    object: 'sandbox.resumption',
    billing_cycle_anchor: anchor,
    expires_at: at + PAID_WITHIN,
    items,
    subscription: subscription.id,
  });
  const open = finalizeInvoice(t, invoice);
  if (open.status !== 'open') return t;
  const current = t.find('subscription', subscription.id) ?? subscription;
  const waits = sent.payment_behavior === 'resume_on_payment_success' && open.collection_method === 'charge_automatically';
  if (!waits) resumed(t, current);
  if (open.collection_method === 'charge_automatically') collect(t, open, { offSession: false });
  return t;
}
