import type { State } from '../state.js';
import { mergedMetadata } from '../parameters.js';
import { invalidRequest, missingReference } from '../stripe-error.js';
import { scheduleCancellation } from './cancellation.js';
import { type AttemptOptions } from './paying.js';
import { collect, finalizeInvoice } from './collecting.js';
import { HOUR } from './calendar.js';
import { cardError } from './decline-error.js';
import type { Invoice } from './invoice.js';
import { placeItems, type Placement } from './placement.js';
import { endTrial, invoicePeriods } from './renewal.js';
import { ENDED, periodEndOf, type Subscription, withItems } from './subscription.js';
import type { SentUpdate } from './subscription-fields.js';
import { Transition } from './transition.js';
import { warnOfTrialEnd } from './trial-warning.js';

/** A payment that a change waits for may come within 23 hours (K6). */
const PENDING_FOR = 23 * HOUR;

/** Everything that POST /v1/subscriptions/:id and its items can change. */
export function changeSubscription(state: State, before: Subscription, sent: SentUpdate, at: number): Transition {
  checkMayChange(before, sent);
  const t = new Transition(state, at, false);
  let subscription = withPlainFields(t, before, sent);
  subscription = scheduleCancellation(subscription, sent, at);
  t.change('customer.subscription.updated', subscription);

  const placement = placeItems(t, subscription, sent);
  if (sent.trial_end === 'now' && before.status === 'trialing') return trialEndedNow(t, placement.subscription, sent);
  if (typeof sent.trial_end === 'number') return trialGiven(t, placement.subscription, sent.trial_end);
  t.change('customer.subscription.updated', placement.subscription);
  if (!placement.billsNow) return t;
  return billNow(t, subscription, placement, sent);
}

/** The change is invoiced at once, and its payment decides what becomes of it. */
function billNow(t: Transition, before: Subscription, placement: Placement, sent: SentUpdate): Transition {
  const after = placement.subscription;
  const invoice = invoicePeriods(t, after, placement.billed, {
    reason: 'subscription_update',
    period: { start: t.at, end: t.at },
    finalizesAt: null,
  });
  if (invoice === undefined) return t;
  const pending = sent.payment_behavior === 'pending_if_incomplete';
  if (pending) {
    t.change<Subscription>('customer.subscription.updated', {
      ...before,
      latest_invoice: invoice.id,
      pending_update: {
        billing_cycle_anchor: after.billing_cycle_anchor,
        expires_at: t.at + PENDING_FOR,
        subscription_items: after.items.data,
        trial_end: null,
        trial_from_plan: null,
      },
    });
  }
  return charge(t, invoice, sent, { offSession: sent.off_session ?? false });
}

function charge(t: Transition, invoice: Invoice, sent: SentUpdate, options: AttemptOptions): Transition {
  const open = finalizeInvoice(t, invoice);
  if (open.status !== 'open' || open.collection_method === 'send_invoice' || sent.payment_behavior === 'default_incomplete') return t;
  const { attempt } = collect(t, open, options);
  if (sent.payment_behavior === 'error_if_incomplete' && attempt.kind !== 'paid') throw cardError(t.state, attempt, undefined);
  return t;
}

function trialEndedNow(t: Transition, subscription: Subscription, sent: SentUpdate): Transition {
  t.change('customer.subscription.updated', subscription);
  const invoice = endTrial(t, subscription, null, 'subscription_update');
  return invoice === undefined ? t : charge(t, invoice, sent, { offSession: sent.off_session ?? false });
}

/** A trial given, prolonged or cut: the period ends with it, and nothing is paid for it. */
function trialGiven(t: Transition, subscription: Subscription, trialEnd: number): Transition {
  if (trialEnd <= t.at) {
    throw invalidRequest('Invalid timestamp: must be an integer Unix timestamp in the future.', { param: 'trial_end' });
  }
  const wasTrialing = subscription.status === 'trialing';
  const items = subscription.items.data.map((item) => ({
    ...item,
    current_period_end: trialEnd,
    current_period_start: wasTrialing ? item.current_period_start : t.at,
  }));
  const trialing = t.change<Subscription>('customer.subscription.updated', {
    ...withItems(subscription, items),
    billing_cycle_anchor: trialEnd,
    cancel_at: subscription.cancel_at_period_end ? trialEnd : subscription.cancel_at,
    status: 'trialing',
    trial_end: trialEnd,
    trial_start: wasTrialing ? subscription.trial_start : t.at,
  });
  if (!wasTrialing) {
    const period = { start: t.at, end: t.at };
    const invoice = invoicePeriods(t, trialing, items, { reason: 'subscription_update', period, finalizesAt: null });
    if (invoice !== undefined) finalizeInvoice(t, invoice);
  }
  warnOfTrialEnd(t, subscription.id);
  return t;
}

function withPlainFields(t: Transition, before: Subscription, sent: SentUpdate): Subscription {
  const paymentMethod = sent.default_payment_method;
  if (paymentMethod !== undefined && paymentMethod !== '' && t.find('payment_method', paymentMethod)?.customer !== before.customer) {
    throw missingReference('PaymentMethod', paymentMethod, 'default_payment_method');
  }
  const settings = sent.payment_settings;
  const end = sent.trial_settings?.end_behavior;
  const pause = sent.pause_collection;
  return {
    ...before,
    collection_method: sent.collection_method ?? before.collection_method,
    days_until_due: sent.days_until_due ?? before.days_until_due,
    default_payment_method: paymentMethod === '' ? null : (paymentMethod ?? before.default_payment_method),
    description: sent.description === undefined ? before.description : sent.description,
    metadata: mergedMetadata(before.metadata, sent.metadata),
    pause_collection:
      pause === undefined
        ? before.pause_collection
        : pause === null
          ? null
          : { behavior: pause.behavior, resumes_at: pause.resumes_at ?? null },
    payment_settings: {
      payment_method_options: settings?.payment_method_options ?? before.payment_settings.payment_method_options ?? null,
      payment_method_types: settings?.payment_method_types ?? before.payment_settings.payment_method_types ?? null,
      save_default_payment_method: settings?.save_default_payment_method ?? before.payment_settings.save_default_payment_method,
    },
    trial_settings: {
      end_behavior: {
        billing_cycle_anchor: end?.billing_cycle_anchor ?? before.trial_settings.end_behavior.billing_cycle_anchor,
        missing_payment_method: end?.missing_payment_method ?? before.trial_settings.end_behavior.missing_payment_method,
      },
    },
  };
}

/** K14: nothing but words about it may change after the end. K5: little may change before the first payment. */
function checkMayChange(subscription: Subscription, sent: SentUpdate): void {
  const names = Object.keys(sent);
  if (ENDED.has(subscription.status)) {
    const refused = names.find((name) => name !== 'metadata' && name !== 'cancellation_details');
    if (refused === undefined) return;
    throw invalidRequest('A canceled subscription can only update its cancellation_details and metadata.', { param: refused });
  }
  if (subscription.status === 'incomplete') {
    const refused = names.find((name) => !CHANGEABLE_BEFORE_PAYMENT.has(name));
    if (refused === undefined) return;
    throw invalidRequest(
      'You cannot update a subscription in `incomplete` status in this way. Only default_source and metadata may be updated.',
      { param: refused },
    );
  }
  if (typeof sent.cancel_at === 'number' && sent.cancel_at_period_end === true) {
    throw invalidRequest('You may only specify one of these parameters: cancel_at, cancel_at_period_end.', { param: 'cancel_at' });
  }
  if (sent.proration_date !== undefined && sent.proration_date > periodEndOf(subscription)) {
    throw invalidRequest('Invalid proration_date: must lie in the current period.', { param: 'proration_date' });
  }
}

const CHANGEABLE_BEFORE_PAYMENT: ReadonlySet<string> = new Set(['metadata', 'default_source', 'cancellation_details']);
