import { boundaryAfter, HOUR, intervalsAfter } from './calendar.js';
import { endSubscription } from './ending.js';
import type { BillingReason, Invoice, Period } from './invoice.js';
import { draftInvoice, waitingItems } from './invoicing.js';
import { periodLine, trialLine } from './lines.js';
import { pauseSubscription } from './pausing.js';
import { paymentMethodFor } from './paying.js';
import { isMetered, recurrenceOf, type Subscription, type SubscriptionItem, withItems } from './subscription.js';
import type { Transition } from './transition.js';

/** A draft of a period that began waits an hour before it is finalized, for those who want to add to it (M1). */
export const DRAFT_WAITS = HOUR;

/** A period ended: the next one begins, and its invoice is made. */
export function renew(t: Transition, subscription: Subscription): void {
  if (subscription.cancel_at !== null && subscription.cancel_at <= t.at) {
    endSubscription(t, subscription);
    return;
  }
  const due = subscription.items.data.filter((item) => item.current_period_end <= t.at);
  const [first] = due;
  if (first === undefined) return;
  const ended: Period = { start: first.current_period_start, end: first.current_period_end };
  const renewed = due.map((item) => nextPeriod(item, subscription.billing_cycle_anchor));
  const items = subscription.items.data.map((item) => renewed.find(({ id }) => id === item.id) ?? item);
  const moved = t.change('customer.subscription.updated', withItems(subscription, items));
  invoicePeriods(t, moved, renewed, { reason: 'subscription_cycle', period: ended, finalizesAt: t.at + DRAFT_WAITS });
}

/**
 * The trial is over (K10, K11): without a way to pay, as the subscription's settings say; else its first paid period begins.
 * `finalizesAt` null: the caller finalizes the invoice, because someone asked for the end and waits for the answer.
 */
export function endTrial(
  t: Transition,
  subscription: Subscription,
  finalizesAt: number | null,
  reason: BillingReason,
): Invoice | undefined {
  const customer = t.find('customer', subscription.customer);
  const canPay =
    customer === undefined ||
    subscription.collection_method === 'send_invoice' ||
    t.find('payment_method', paymentMethodFor(customer, subscription)) !== undefined;
  const { missing_payment_method } = subscription.trial_settings.end_behavior;
  const ended: Subscription = { ...subscription, trial_end: t.at };
  if (!canPay && missing_payment_method === 'cancel') {
    endSubscription(t, ended);
    return undefined;
  }
  if (!canPay && missing_payment_method === 'pause') {
    pauseSubscription(t, ended, 'trial_end_without_payment_method');
    return undefined;
  }
  const trial: Period = { start: subscription.trial_start ?? subscription.start_date, end: t.at };
  const items = subscription.items.data.map((item) => periodFrom({ ...item }, t.at, t.at));
  const active = t.change<Subscription>('customer.subscription.updated', {
    ...withItems(ended, items),
    billing_cycle_anchor: t.at,
    status: 'active',
  });
  return invoicePeriods(t, active, items, { reason, period: trial, finalizesAt });
}

interface PeriodInvoice {
  readonly reason: BillingReason;
  readonly period: Period;
  readonly finalizesAt: number | null;
}

/** The invoice for the present periods of these items and for all that waited; the subscription's latest from now on. */
export function invoicePeriods(
  t: Transition,
  subscription: Subscription,
  items: readonly SubscriptionItem[],
  { reason, period, finalizesAt }: PeriodInvoice,
): Invoice | undefined {
  const customer = t.find('customer', subscription.customer);
  if (customer === undefined) return undefined;
  const trialing = subscription.status === 'trialing';
  // Unpaid: invoices are made and stay drafts (K9). Collection paused to keep drafts: the same (K15).
  const stays = subscription.status === 'unpaid' || subscription.pause_collection?.behavior === 'keep_as_draft';
  const invoice = draftInvoice(t, {
    customer,
    subscription,
    reason,
    currency: subscription.currency,
    collectionMethod: subscription.collection_method,
    daysUntilDue: subscription.collection_method === 'send_invoice' ? (subscription.days_until_due ?? 30) : null,
    period,
    autoAdvance: !stays,
    finalizesAt: stays ? null : finalizesAt,
    lines: (id) =>
      items
        .filter((item) => !isMetered(item.price))
        .map((item) => {
          const period = { start: item.current_period_start, end: item.current_period_end };
          return trialing ? trialLine(t.state, id, item, period) : periodLine(t.state, id, item, period);
        }),
    waiting: waitingItems(t.state, customer.id, subscription.id),
  });
  const current = t.find('subscription', subscription.id) ?? subscription;
  t.change<Subscription>('customer.subscription.updated', { ...current, latest_invoice: invoice.id });
  return invoice;
}

/** The item in the period that begins at a moment and ends with the anchor's rhythm. */
export function periodFrom(item: SubscriptionItem, start: number, anchor: number): SubscriptionItem {
  const recurrence = recurrenceOf(item.price);
  const end = anchor === start ? intervalsAfter(anchor, recurrence, 1) : boundaryAfter(anchor, recurrence, start);
  return { ...item, current_period_end: end, current_period_start: start };
}

function nextPeriod(item: SubscriptionItem, anchor: number): SubscriptionItem {
  return periodFrom(item, item.current_period_end, anchor);
}
