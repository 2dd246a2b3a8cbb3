import type { State } from '../state.js';
import { HOUR } from './calendar.js';
import { collect, finalizeAndCollect, voidInvoice } from './collecting.js';
import { endSubscription, expireSubscription } from './ending.js';
import type { Invoice } from './invoice.js';
import { expirePendingUpdate } from './pending-update.js';
import { DRAFT_WAITS, endTrial, renew } from './renewal.js';
import { afterDueDate } from './standing.js';
import { ENDED, periodEndOf, RENEWING, type Subscription } from './subscription.js';
import type { Transition } from './transition.js';
import { warningDueAt, warnOfTrialEnd } from './trial-warning.js';

/** One thing that time will do. What falls on the same second happens in the order of `rank`. */
export interface Due {
  readonly at: number;
  readonly rank: Rank;
  run(t: Transition): void;
}

/** An end comes before what it makes needless; what makes an invoice comes before what pays it. */
export type Rank = 'end' | 'announce' | 'period' | 'finalize' | 'collect' | 'settle';

/** An invoice whose due date was told as missed. */
interface Overdue {
  readonly id: string;
  readonly object: 'sandbox.overdue';
  readonly [field: string]: unknown;
}
declare module '../state.js' {
  interface Kinds {
    'sandbox.overdue': Overdue;
  }
}

/** How long a first payment is waited for (K5). */
const FIRST_PAYMENT_WITHIN = 23 * HOUR;

/** Everything that waits for the time of one clock, or (null) of the wall clock. */
export function* duesOf(state: State, clock: string | null): Generator<Due> {
  for (const subscription of state.list('subscription')) {
    if (subscription.test_clock === clock && !ENDED.has(subscription.status)) yield* ofSubscription(state, subscription);
  }
  for (const invoice of state.list('invoice')) {
    if (invoice.test_clock === clock && (invoice.status === 'draft' || invoice.status === 'open')) yield* ofInvoice(state, invoice);
  }
  for (const resumption of state.list('sandbox.resumption')) {
    const invoice = state.find('invoice', resumption.id);
    if (invoice?.test_clock !== clock) continue;
    yield {
      at: resumption.expires_at,
      rank: 'end',
      run: (t) => {
        if (invoice.status === 'open') voidInvoice(t, invoice);
        t.drop('sandbox.resumption', resumption.id);
      },
    };
  }
  if (clock === null) yield* ofBalance(state);
}

function* ofSubscription(state: State, subscription: Subscription): Generator<Due> {
  const { cancel_at, pending_update, pause_collection, status, trial_end } = subscription;
  if (cancel_at !== null) yield { at: cancel_at, rank: 'end', run: (t) => endSubscription(t, subscription) };
  if (pending_update !== null) {
    yield { at: pending_update.expires_at, rank: 'end', run: (t) => endPendingUpdate(t, subscription) };
  }
  const warningAt = warningDueAt(state, subscription);
  if (warningAt !== undefined) yield { at: warningAt, rank: 'announce', run: (t) => warnOfTrialEnd(t, subscription.id) };
  if (status === 'trialing' && trial_end !== null) {
    yield { at: trial_end, rank: 'period', run: (t) => endTrial(t, subscription, t.at + DRAFT_WAITS, 'subscription_cycle') };
  }
  if (RENEWING.has(status)) yield { at: periodEndOf(subscription), rank: 'period', run: (t) => renew(t, subscription) };
  if (status === 'incomplete') {
    yield { at: subscription.created + FIRST_PAYMENT_WITHIN, rank: 'end', run: (t) => giveUpFirstPayment(t, subscription) };
  }
  if (pause_collection?.resumes_at) {
    yield {
      at: pause_collection.resumes_at,
      rank: 'end',
      run: (t) => t.change<Subscription>('customer.subscription.updated', { ...subscription, pause_collection: null }),
    };
  }
}

function* ofInvoice(state: State, invoice: Invoice): Generator<Due> {
  const byTime = { offSession: true, scheduled: true };
  const { auto_advance, automatically_finalizes_at, collection_method, due_date, next_payment_attempt, status } = invoice;
  if (status === 'draft' && auto_advance && automatically_finalizes_at !== null) {
    yield { at: automatically_finalizes_at, rank: 'finalize', run: (t) => finalizeAndCollect(t, invoice, byTime) };
  }
  if (status === 'open' && next_payment_attempt !== null) {
    yield { at: next_payment_attempt, rank: 'collect', run: (t) => collect(t, invoice, byTime) };
  }
  const isSent = status === 'open' && collection_method === 'send_invoice';
  if (isSent && due_date !== null && state.find('sandbox.overdue', invoice.id) === undefined) {
    yield {
      at: due_date,
      rank: 'settle',
      run: (t) => {
        t.keep({ id: invoice.id, object: 'sandbox.overdue' });
        afterDueDate(t, invoice);
      },
    };
  }
}

/** Money that was earned may be paid out (Q2); all that is due at once in one step. */
function* ofBalance(state: State): Generator<Due> {
  const pending = state.list('balance_transaction').filter(({ status }) => status === 'pending');
  const at = Math.min(...pending.map(({ available_on }) => available_on));
  if (pending.length === 0) return;
  yield {
    at,
    rank: 'settle',
    run: (t) => {
      for (const one of pending) if (one.available_on <= t.at) t.keep({ ...one, status: 'available' });
    },
  };
}

function giveUpFirstPayment(t: Transition, subscription: Subscription): void {
  const invoice = t.find('invoice', subscription.latest_invoice);
  if (invoice?.status === 'open') voidInvoice(t, invoice);
  const after = t.find('subscription', subscription.id);
  if (after?.status === 'incomplete') expireSubscription(t, after);
}

function endPendingUpdate(t: Transition, subscription: Subscription): void {
  const invoice = t.find('invoice', subscription.latest_invoice);
  if (invoice?.status === 'open') voidInvoice(t, invoice);
  expirePendingUpdate(t, t.find('subscription', subscription.id) ?? subscription);
}
