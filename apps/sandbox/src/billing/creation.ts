import { mergedMetadata } from '../parameters.js';
import type { Customer } from '../resources/customers.js';
import type { State } from '../state.js';
import { invalidRequest, missingReference, StripeError } from '../stripe-error.js';
import { boundaryBefore, DAY, longestOf } from './calendar.js';
import { collect, finalizeInvoice } from './collecting.js';
import { cardError } from './decline-error.js';
import { checkItems, newItem, priceOfItem } from './items.js';
import { share } from './money.js';
import { paymentMethodFor } from './paying.js';
import { invoicePeriods, periodFrom } from './renewal.js';
import { ENDED, periodEndOf, recurrenceOf, type Subscription, type SubscriptionItem, subscriptionsOf, withItems } from './subscription.js';
import type { SentCreate } from './subscription-fields.js';
import { Transition } from './transition.js';
import { warnOfTrialEnd } from './trial-warning.js';

/** K2 and, on a test clock, P2. */
const MOST_SUBSCRIPTIONS = 500;
const MOST_ON_CLOCK = 3;

/** A new subscription with its first invoice: paid, free, or waiting for its payment (K5, K6, K7, K10). */
export function createSubscription(state: State, sent: SentCreate, at: number): { readonly t: Transition; readonly id: string } {
  const t = new Transition(state, at, false);
  const customer = customerOf(t, sent);
  const items = itemsOf(t, sent);
  checkItems(items);
  const subscription = withPeriods(newSubscription(t, sent, customer, items), sent, items);
  if (subscription.trial_end === null) checkCanPay(t, customer, subscription, sent);

  bill(t, t.begin('customer.subscription.created', subscription), sent);
  return { t, id: subscription.id };
}

function bill(t: Transition, begun: Subscription, sent: SentCreate): void {
  const invoice = invoicePeriods(t, begun, begun.items.data, {
    reason: 'subscription_create',
    period: { start: t.at, end: t.at },
    finalizesAt: null,
  });
  if (invoice === undefined) return;
  const adjusted = shortened(t, invoice.id, begun, sent);
  const open = finalizeInvoice(t, adjusted ?? invoice);
  warnOfTrialEnd(t, begun.id);
  if (open.status !== 'open' || open.collection_method === 'send_invoice') return activate(t, begun.id);
  if (sent.payment_behavior === 'default_incomplete') return;

  const { attempt } = collect(t, open, { offSession: sent.off_session ?? false });
  // Nothing of it stays (K6): the subscription, its invoice and the failed payment were never there.
  if (sent.payment_behavior === 'error_if_incomplete' && attempt.kind !== 'paid') throw cardError(t.state, attempt, undefined);
}

/** Nothing had to be paid first: what waits for a payment else is active at once (K7, K10). */
function activate(t: Transition, id: string): void {
  const subscription = t.find('subscription', id);
  if (subscription?.status === 'incomplete') t.change<Subscription>('customer.subscription.updated', { ...subscription, status: 'active' });
}

function customerOf(t: Transition, sent: SentCreate): Customer {
  const customer = t.state.find('customer', sent.customer);
  if (customer === undefined) throw missingReference('customer', sent.customer, 'customer');
  const living = subscriptionsOf(t.state, customer.id).filter(({ status }) => !ENDED.has(status)).length;
  if (customer.test_clock !== null && living >= MOST_ON_CLOCK) {
    throw invalidRequest(`Customers attached to a test clock can have up to ${MOST_ON_CLOCK} subscriptions.`, { param: 'customer' });
  }
  if (living >= MOST_SUBSCRIPTIONS) {
    throw invalidRequest(
      `Customer ${customer.id} already has the maximum ${MOST_SUBSCRIPTIONS} current subscriptions; you cannot add more subscriptions to this customer.`,
      { code: 'customer_max_subscriptions', param: 'customer' },
    );
  }
  return customer;
}

function itemsOf(t: Transition, sent: SentCreate): SubscriptionItem[] {
  if (sent.items.length === 0) throw invalidRequest('Missing required param: items.', { code: 'parameter_missing', param: 'items' });
  return sent.items.map((item, index) => {
    const param = `items[${index}]`;
    const price = priceOfItem(t, item, param);
    if (price === undefined)
      throw invalidRequest(`Missing required param: ${param}[price].`, { code: 'parameter_missing', param: `${param}[price]` });
    return newItem(t, '', item, price, param);
  });
}

/** When the trial ends; null: there is none. */
function trialEndOf(sent: SentCreate, items: readonly SubscriptionItem[], at: number): number | null {
  if (sent.trial_end === 'now') return null;
  if (sent.trial_end !== undefined) {
    if (sent.trial_end <= at)
      throw invalidRequest('Invalid timestamp: must be an integer Unix timestamp in the future.', { param: 'trial_end' });
    return sent.trial_end;
  }
  const fromPrices = sent.trial_from_plan === true ? (items[0]?.price.recurring?.trial_period_days ?? 0) : 0;
  const days = sent.trial_period_days ?? fromPrices;
  return days === 0 ? null : at + days * DAY;
}

function withPeriods(subscription: Subscription, sent: SentCreate, items: readonly SubscriptionItem[]): Subscription {
  const { created: at, trial_end: trialEnd } = subscription;
  const anchor = trialEnd ?? sent.billing_cycle_anchor ?? at;
  const farthest = Math.min(...items.map(({ price }) => at + longestOf(recurrenceOf(price))));
  if (trialEnd === null && (anchor < at || anchor > farthest)) {
    throw invalidRequest('billing_cycle_anchor must be in the future, and not later than the next natural billing date.', {
      param: 'billing_cycle_anchor',
    });
  }
  const placed = items.map((item): SubscriptionItem => {
    const own = { ...item, subscription: subscription.id };
    return trialEnd === null ? periodFrom(own, at, anchor) : { ...own, current_period_end: trialEnd, current_period_start: at };
  });
  const whole = withItems({ ...subscription, billing_cycle_anchor: anchor }, placed);
  const end = sent.cancel_at_period_end === true ? periodEndOf(whole) : (sent.cancel_at ?? null);
  return end === null
    ? whole
    : {
        ...whole,
        cancel_at: end,
        cancel_at_period_end: sent.cancel_at_period_end ?? false,
        canceled_at: at,
        cancellation_details: { ...whole.cancellation_details, reason: 'cancellation_requested' },
      };
}

/** A first period cut short by its anchor costs its share, or nothing (proration_behavior none). */
function shortened(t: Transition, id: string, subscription: Subscription, sent: SentCreate) {
  if (sent.billing_cycle_anchor === undefined || subscription.trial_end !== null) return undefined;
  const invoice = t.find('invoice', id);
  if (invoice === undefined) return undefined;
  const lines = invoice.lines.data.map((line, index) => {
    const item = subscription.items.data[index];
    if (item === undefined) return line;
    const start = boundaryBefore(subscription.billing_cycle_anchor, recurrenceOf(item.price), item.current_period_end);
    const rest = item.current_period_end - item.current_period_start;
    const amount = sent.proration_behavior === 'none' ? 0 : share(line.amount, rest, item.current_period_end - start);
    return { ...line, amount, subtotal: amount };
  });
  const total = lines.reduce((sum, { amount }) => sum + amount, 0);
  const due = Math.max(0, total + invoice.starting_balance);
  return t.keep({
    ...invoice,
    amount_due: due,
    amount_remaining: due,
    lines: { ...invoice.lines, data: lines },
    subtotal: total,
    subtotal_excluding_tax: total,
    total,
    total_excluding_tax: total,
  });
}

/** H13: nobody can be charged, and nobody said that this is known. */
function checkCanPay(t: Transition, customer: Customer, subscription: Subscription, sent: SentCreate): void {
  if (subscription.collection_method === 'send_invoice') {
    if (subscription.days_until_due !== null) return;
    throw invalidRequest('Missing required param: days_until_due.', { code: 'parameter_missing', param: 'days_until_due' });
  }
  if (sent.payment_behavior === 'default_incomplete') return;
  const isFree = subscription.items.data.every(({ price }) => price.unit_amount === 0 || price.recurring?.usage_type === 'metered');
  if (isFree || t.find('payment_method', paymentMethodFor(customer, subscription)) !== undefined) return;
  throw new StripeError({
    status: 400,
    type: 'invalid_request_error',
    code: 'resource_missing',
    message:
      'This customer has no attached payment source or default payment method. Please consider adding a default payment method. For more information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority.',
  });
}

function newSubscription(t: Transition, sent: SentCreate, customer: Customer, items: readonly SubscriptionItem[]): Subscription {
  const { at, state } = t;
  const id = state.newId('sub');
  const trialEnd = trialEndOf(sent, items, at);
  const collection = sent.collection_method ?? 'charge_automatically';
  if (sent.default_payment_method !== undefined && t.find('payment_method', sent.default_payment_method)?.customer !== customer.id) {
    throw missingReference('PaymentMethod', sent.default_payment_method, 'default_payment_method');
  }
  return {
    id,
    object: 'subscription',
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: at,
    billing_cycle_anchor_config: null,
    billing_mode: {
      flexible: sent.billing_mode?.type === 'classic' ? null : { proration_discounts: 'included' },
      type: sent.billing_mode?.type ?? 'flexible',
      updated_at: at,
    },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
    collection_method: collection,
    created: at,
    currency: items[0]?.price.currency ?? state.settings.defaultCurrency,
    customer: customer.id,
    customer_account: null,
    days_until_due: collection === 'send_invoice' ? (sent.days_until_due ?? null) : null,
    default_payment_method: sent.default_payment_method ?? null,
    default_source: sent.default_source ?? null,
    default_tax_rates: [],
    description: sent.description ?? null,
    discounts: [],
    ended_at: null,
    invoice_settings: { account_tax_ids: null, custom_fields: null, description: null, footer: null, issuer: { type: 'self' } },
    items: { object: 'list', data: [], has_more: false, total_count: 0, url: `/v1/subscription_items?subscription=${id}` },
    latest_invoice: null,
    livemode: false,
    managed_payments: null,
    metadata: mergedMetadata({}, sent.metadata),
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: {
      payment_method_options: sent.payment_settings?.payment_method_options ?? null,
      payment_method_types: sent.payment_settings?.payment_method_types ?? null,
      save_default_payment_method: sent.payment_settings?.save_default_payment_method ?? 'off',
    },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    plan: null,
    quantity: null,
    schedule: null,
    start_date: at,
    status: trialEnd === null ? 'incomplete' : 'trialing',
    test_clock: customer.test_clock,
    transfer_data: null,
    trial_end: trialEnd,
    trial_settings: {
      end_behavior: {
        billing_cycle_anchor: sent.trial_settings?.end_behavior.billing_cycle_anchor ?? null,
        missing_payment_method: sent.trial_settings?.end_behavior.missing_payment_method ?? 'create_invoice',
      },
    },
    trial_start: trialEnd === null ? null : at,
  };
}
