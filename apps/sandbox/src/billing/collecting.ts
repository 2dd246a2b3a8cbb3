import type { PaymentMethod } from '../resources/payment-method.js';
import { DAY } from './calendar.js';
import { type Invoice, subscriptionIdOf } from './invoice.js';
import { withTotals } from './invoicing.js';
import { newPaymentIntent } from './payment.js';
import { type Attempt, attemptInvoice, type AttemptOptions, paymentOf } from './paying.js';
import { afterFailure, afterPayment, afterWithdrawal } from './standing.js';
import type { Transition } from './transition.js';

/** From draft to paid: what happens to an invoice, and through it to its subscription. */

/**
 * Gives the invoice its number and fixes it (M4). Nothing to pay: it is paid by that (K10, M6, L6). Otherwise an intent waits for its money.
 */
export function finalizeInvoice(t: Transition, draft: Invoice, autoAdvance = draft.auto_advance): Invoice {
  const customer = t.find('customer', draft.customer);
  // Its customer was deleted: nobody will pay it, and time leaves it alone.
  if (customer === undefined) return t.keep<Invoice>({ ...draft, auto_advance: false, automatically_finalizes_at: null });
  // What the customer has to their credit pays first; what an invoice owes them becomes their credit (L6).
  const ending = Math.min(0, draft.total + customer.balance);
  const counted = t.keep({
    ...customer,
    currency: customer.currency ?? draft.currency,
    next_invoice_sequence: customer.next_invoice_sequence + 1,
  });
  if (ending !== customer.balance) t.change('customer.updated', { ...counted, balance: ending });
  const secret = t.state.newSecret(60);
  const open: Invoice = {
    ...withTotals(draft, draft.lines.data, customer.balance),
    auto_advance: autoAdvance,
    automatically_finalizes_at: null,
    effective_at: t.at,
    ending_balance: ending,
    hosted_invoice_url: `https://invoice.stripe.com/i/${t.state.account}/test_${secret}?s=ap`,
    invoice_pdf: `https://pay.stripe.com/invoice/${t.state.account}/test_${secret}/pdf?s=ap`,
    number: `${customer.invoice_prefix}-${String(customer.next_invoice_sequence).padStart(4, '0')}`,
    status: 'open',
    status_transitions: { ...draft.status_transitions, finalized_at: t.at },
  };
  t.update('invoice.updated', open);
  t.tell('invoice.finalized', open);
  if (open.amount_due === 0) return pay(t, open, { attempts: 0 });
  const intent = t.make(
    'payment_intent.created',
    newPaymentIntent(
      t.state,
      {
        amount: open.amount_due,
        currency: open.currency,
        customer: open.customer,
        description: DESCRIPTIONS[open.billing_reason],
        paymentMethod: null,
        setupFutureUsage: subscriptionIdOf(open) === null ? null : 'off_session',
        reference: open.id,
      },
      t.at,
    ),
  );
  t.keep({
    id: t.state.newId('inpay'),
    object: 'invoice_payment',
    amount_paid: null,
    amount_requested: open.amount_due,
    created: t.at,
    currency: open.currency,
    invoice: open.id,
    is_default: true,
    livemode: false,
    payment: { payment_intent: intent.id, type: 'payment_intent' },
    status: 'open',
    status_transitions: { canceled_at: null, paid_at: null },
  });
  if (open.collection_method === 'send_invoice') t.tell('invoice.sent', open);
  return open;
}

export interface Collected {
  readonly invoice: Invoice;
  readonly attempt: Attempt;
}

/** Asks for the money of an open invoice once, and lets everything follow from the answer. */
export function collect(t: Transition, invoice: Invoice, options: AttemptOptions): Collected {
  const attempt = attemptInvoice(t, invoice, options);
  if (attempt.kind === 'paid') {
    const after = pay(t, invoice, { attempts: attemptsAfter(invoice, options) });
    rememberPaymentMethod(t, after, t.find('payment_method', attempt.intent.payment_method));
    return { invoice: after, attempt };
  }
  return { invoice: fail(t, invoice, attempt, options), attempt };
}

/** Paid by other means than Stripe's (M6): the intent is not needed any more. */
export function payOutOfBand(t: Transition, invoice: Invoice): Invoice {
  withdrawPayment(t, invoice);
  return pay(t, invoice, { attempts: invoice.attempt_count });
}

export function voidInvoice(t: Transition, invoice: Invoice): Invoice {
  withdrawPayment(t, invoice);
  return withdraw(t, 'invoice.voided', {
    ...invoice,
    status: 'void',
    status_transitions: { ...invoice.status_transitions, voided_at: t.at },
  });
}

export function markUncollectible(t: Transition, invoice: Invoice): Invoice {
  return withdraw(t, 'invoice.marked_uncollectible', {
    ...invoice,
    status: 'uncollectible',
    status_transitions: { ...invoice.status_transitions, marked_uncollectible_at: t.at },
  });
}

function withdraw(t: Transition, type: string, invoice: Invoice): Invoice {
  const after: Invoice = { ...invoice, auto_advance: false, next_payment_attempt: null };
  t.update('invoice.updated', after);
  t.tell(type, after);
  afterWithdrawal(t, after);
  return after;
}

function pay(t: Transition, invoice: Invoice, { attempts }: { attempts: number }): Invoice {
  const after: Invoice = {
    ...invoice,
    amount_paid: invoice.amount_due,
    amount_remaining: 0,
    attempt_count: attempts,
    attempted: true,
    auto_advance: false,
    next_payment_attempt: null,
    status: 'paid',
    status_transitions: { ...invoice.status_transitions, paid_at: t.at },
  };
  t.update('invoice.updated', after);
  t.tell('invoice.paid', after);
  t.tell('invoice.payment_succeeded', after);
  afterPayment(t, after);
  return after;
}

function fail(t: Transition, invoice: Invoice, attempt: Attempt, options: AttemptOptions): Invoice {
  const attempts = attemptsAfter(invoice, options);
  const next = attempts === invoice.attempt_count ? invoice.next_payment_attempt : nextAttemptAt(t, invoice, attempts);
  const after: Invoice = { ...invoice, attempt_count: attempts, attempted: true, next_payment_attempt: next };
  t.update('invoice.updated', after);
  // A card that is left alone (M7) was not asked, so nothing failed: the schedule alone goes on.
  const wasLeftAlone = attempt.kind === 'nothing-to-charge' && options.scheduled === true && invoice.attempted;
  if (!wasLeftAlone) t.tell('invoice.payment_failed', after);
  const needsCardholder =
    attempt.kind === 'needs-cardholder' || (attempt.kind === 'declined' && attempt.error.decline_code === 'authentication_required');
  if (needsCardholder) t.tell('invoice.payment_action_required', after);
  afterFailure(t, after);
  return after;
}

/** The first attempt counts whoever made it, later ones only when the schedule did. */
function attemptsAfter(invoice: Invoice, { scheduled }: AttemptOptions): number {
  return invoice.attempt_count === 0 || scheduled ? invoice.attempt_count + 1 : invoice.attempt_count;
}

/** The schedule of retries (settings, K8). A first invoice has none: its subscription waits 23 hours for its customer (K5). */
function nextAttemptAt(t: Transition, invoice: Invoice, attempts: number): number | null {
  const days = t.state.settings.retryAfterDays[attempts - 1];
  if (days === undefined || invoice.billing_reason === 'subscription_create' || !invoice.auto_advance) return null;
  return t.at + days * DAY;
}

function withdrawPayment(t: Transition, invoice: Invoice): void {
  const payment = paymentOf(t, invoice);
  if (payment === undefined || payment.status !== 'open') return;
  t.keep({ ...payment, status: 'canceled', status_transitions: { canceled_at: t.at, paid_at: null } });
  const intent = t.find('payment_intent', payment.payment.payment_intent);
  if (intent === undefined) return;
  t.make('payment_intent.canceled', { ...intent, canceled_at: t.at, cancellation_reason: 'void_invoice', status: 'canceled' });
}

/** `save_default_payment_method: on_subscription`: the card that paid becomes the subscription's own. */
function rememberPaymentMethod(t: Transition, invoice: Invoice, paymentMethod: PaymentMethod | undefined): void {
  const subscription = t.find('subscription', subscriptionIdOf(invoice));
  if (paymentMethod === undefined || subscription?.payment_settings.save_default_payment_method !== 'on_subscription') return;
  t.change('customer.subscription.updated', { ...subscription, default_payment_method: paymentMethod.id });
}

const DESCRIPTIONS: Readonly<Record<Invoice['billing_reason'], string | null>> = {
  subscription_create: 'Subscription creation',
  subscription_cycle: 'Subscription update',
  subscription_update: 'Subscription update',
  manual: null,
};

/** An invoice whose hour is over, or that was asked for now: finalized, and then whatever its subscription's collection says (K15). */
export function finalizeAndCollect(t: Transition, draft: Invoice, options: AttemptOptions): Collected | { readonly invoice: Invoice } {
  const invoice = finalizeInvoice(t, draft);
  if (invoice.status !== 'open') return { invoice };
  const behavior = t.find('subscription', subscriptionIdOf(invoice))?.pause_collection?.behavior;
  if (behavior === 'void') return { invoice: voidInvoice(t, invoice) };
  if (behavior === 'mark_uncollectible') return { invoice: markUncollectible(t, invoice) };
  return invoice.collection_method === 'send_invoice' ? { invoice } : collect(t, invoice, options);
}
