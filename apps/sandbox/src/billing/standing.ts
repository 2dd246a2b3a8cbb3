import type { State } from '../state.js';
import { endSubscription, expireSubscription } from './ending.js';
import { type Invoice, subscriptionIdOf } from './invoice.js';
import { resumed } from './pausing.js';
import { applyPendingUpdate } from './pending-update.js';
import { ENDED, type Subscription, type SubscriptionStatus } from './subscription.js';
import type { Transition } from './transition.js';

/** How a subscription stands, by what became of its invoices. */

export function afterPayment(t: Transition, invoice: Invoice): void {
  markDelinquency(t, invoice.customer);
  const subscription = living(t, invoice);
  if (subscription === undefined) return;
  if (subscription.pending_update !== null && invoice.id === subscription.latest_invoice) return applyPendingUpdate(t, subscription);
  switch (subscription.status) {
    case 'incomplete':
      if (invoice.billing_reason === 'subscription_create') setStatus(t, subscription, 'active');
      return;
    case 'past_due':
    case 'unpaid':
      return followInvoices(t, subscription);
    case 'paused':
      if (t.find('sandbox.resumption', invoice.id) !== undefined) resumed(t, subscription);
      return;
    default:
  }
}

/** A payment failed: the schedule goes on, or this was its last (K8). */
export function afterFailure(t: Transition, invoice: Invoice): void {
  const subscription = living(t, invoice);
  if (subscription !== undefined && WAITING_FOR_FIRST_PAYMENT.has(subscription.status)) return;
  if (subscription?.pending_update && invoice.id === subscription.latest_invoice) return;
  markDelinquency(t, invoice.customer);
  if (subscription === undefined) return;
  if (!isExhausted(t.state, invoice)) return setStatus(t, subscription, subscription.status === 'unpaid' ? 'unpaid' : 'past_due');
  const after = AFTER_LAST_RETRY[t.state.settings.afterLastRetry];
  if (after === 'canceled') endSubscription(t, subscription, { reason: 'payment_failed' });
  else setStatus(t, subscription, after);
}

/** An invoice was voided or given up as uncollectible: the one before it tells how its subscription stands (M13). */
export function afterWithdrawal(t: Transition, invoice: Invoice): void {
  markDelinquency(t, invoice.customer);
  const subscription = living(t, invoice);
  if (subscription === undefined) return;
  const isFirst = invoice.billing_reason === 'subscription_create';
  if (subscription.status === 'incomplete' && isFirst && invoice.status === 'void') expireSubscription(t, subscription);
  if (subscription.status === 'past_due' || subscription.status === 'unpaid') followInvoices(t, subscription);
}

/** An invoice that is sent instead of charged was not paid by its day (K7). */
export function afterDueDate(t: Transition, invoice: Invoice): void {
  t.tell('invoice.overdue', invoice);
  markDelinquency(t, invoice.customer);
  const subscription = living(t, invoice);
  if (subscription?.status === 'active') setStatus(t, subscription, 'past_due');
}

/** The newest invoice that was not voided decides (M13). Drafts do not count: nobody was asked for their money yet. */
export function statusByInvoices(state: State, subscription: Subscription, at: number): SubscriptionStatus {
  const newestFirst = state
    .list('invoice')
    .filter((invoice) => subscriptionIdOf(invoice) === subscription.id)
    .toReversed();
  const telling = newestFirst.find(({ status }) => status === 'open' || status === 'paid' || status === 'uncollectible');
  if (telling === undefined || telling.status !== 'open') return 'active';
  if (telling.collection_method === 'send_invoice') return isOverdue(telling, at) ? 'past_due' : 'active';
  if (isExhausted(state, telling)) return AFTER_LAST_RETRY[state.settings.afterLastRetry];
  return telling.attempt_count > 0 ? 'past_due' : 'active';
}

function followInvoices(t: Transition, subscription: Subscription): void {
  const status = statusByInvoices(t.state, subscription, t.at);
  if (status === 'canceled') endSubscription(t, subscription, { reason: 'payment_failed' });
  else setStatus(t, subscription, status);
}

/** A customer who owes for an invoice that failed or is overdue. */
function markDelinquency(t: Transition, id: string): void {
  const customer = t.find('customer', id);
  if (customer === undefined) return;
  const delinquent = t.state
    .list('invoice')
    .some((invoice) => invoice.customer === id && invoice.status === 'open' && (isFailed(t, invoice) || isOverdue(invoice, t.at)));
  if (delinquent !== customer.delinquent) t.change('customer.updated', { ...customer, delinquent });
}

function isFailed(t: Transition, invoice: Invoice): boolean {
  if (invoice.attempt_count === 0) return false;
  const subscription = t.find('subscription', subscriptionIdOf(invoice));
  return subscription === undefined || !WAITING_FOR_FIRST_PAYMENT.has(subscription.status);
}

/** The schedule's last attempt was made, and failed. */
export function isExhausted(state: State, invoice: Invoice): boolean {
  return (
    invoice.status === 'open' &&
    invoice.billing_reason !== 'subscription_create' &&
    invoice.next_payment_attempt === null &&
    invoice.attempt_count > state.settings.retryAfterDays.length
  );
}

function isOverdue({ collection_method, due_date }: Invoice, at: number): boolean {
  return collection_method === 'send_invoice' && due_date !== null && due_date <= at;
}

function setStatus(t: Transition, subscription: Subscription, status: SubscriptionStatus): void {
  t.change<Subscription>('customer.subscription.updated', { ...subscription, status });
}

function living(t: Transition, invoice: Invoice): Subscription | undefined {
  const subscription = t.find('subscription', subscriptionIdOf(invoice));
  return subscription === undefined || ENDED.has(subscription.status) ? undefined : subscription;
}

const WAITING_FOR_FIRST_PAYMENT: ReadonlySet<SubscriptionStatus> = new Set(['incomplete', 'incomplete_expired', 'paused']);

const AFTER_LAST_RETRY = { cancel: 'canceled', mark_unpaid: 'unpaid', leave_past_due: 'past_due' } as const;
