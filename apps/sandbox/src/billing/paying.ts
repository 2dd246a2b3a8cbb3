import type { Customer } from '../resources/customers.js';
import type { PaymentMethod } from '../resources/payment-method.js';
import { AUTHENTICATION_REQUIRED, type Decline, NEVER_RETRIED, outcomeOfCharge } from './card-outcomes.js';
import { type Invoice, type InvoicePayment, subscriptionIdOf } from './invoice.js';
import { errorOf, newBalanceTransaction, newCharge, type PaymentError, type PaymentIntent } from './payment.js';
import type { Subscription } from './subscription.js';
import type { Transition } from './transition.js';

/** What became of asking a payment method for money. */
export type Attempt =
  | { readonly kind: 'paid'; readonly intent: PaymentIntent }
  | { readonly kind: 'declined'; readonly intent: PaymentIntent; readonly error: PaymentError }
  | { readonly kind: 'needs-cardholder'; readonly intent: PaymentIntent }
  /** Nothing was asked: there is no payment method, or only one that must not be asked again (M7). */
  | { readonly kind: 'nothing-to-charge' };

export interface AttemptOptions {
  /** Instead of the one that would be taken by itself. */
  readonly paymentMethod?: string | undefined;
  /** true: no cardholder is there who could answer the bank. */
  readonly offSession: boolean;
  /** true: a retry of the schedule, which leaves alone a card that said never again. */
  readonly scheduled?: boolean;
}

/** K21: the invoice's own, the subscription's, its source, the customer's default, the customer's source. */
export function paymentMethodFor(customer: Customer, subscription: Subscription | undefined, invoice?: Invoice): string | null {
  return (
    invoice?.default_payment_method ??
    subscription?.default_payment_method ??
    subscription?.default_source ??
    customer.invoice_settings.default_payment_method ??
    customer.default_source
  );
}

/** Asks once for the money of an open invoice; the invoice itself is for the caller to change. */
export function attemptInvoice(t: Transition, invoice: Invoice, options: AttemptOptions): Attempt {
  const customer = t.find('customer', invoice.customer);
  const payment = paymentOf(t, invoice);
  const intent = payment && t.find('payment_intent', payment.payment.payment_intent);
  if (customer === undefined || payment === undefined || intent === undefined) return { kind: 'nothing-to-charge' };
  const subscription = t.find('subscription', subscriptionIdOf(invoice));
  const chosen = options.paymentMethod ?? paymentMethodFor(customer, subscription, invoice);
  const paymentMethod = t.find('payment_method', chosen);
  if (paymentMethod === undefined || (options.scheduled && isRefusedForGood(intent, paymentMethod))) return { kind: 'nothing-to-charge' };
  const attempt = attemptIntent(t, intent, paymentMethod, options.offSession);
  if (attempt.kind === 'paid') {
    t.make('invoice_payment.paid', {
      ...payment,
      amount_paid: invoice.amount_remaining,
      status: 'paid',
      status_transitions: { canceled_at: null, paid_at: t.at },
    });
  }
  return attempt;
}

/** Asks a payment method for an intent's amount, and leaves what Stripe leaves: a charge, a changed intent, a movement of the balance. */
export function attemptIntent(t: Transition, intent: PaymentIntent, paymentMethod: PaymentMethod, offSession: boolean): Attempt {
  const outcome = outcomeOfCharge(paymentMethod.card.last4);
  switch (outcome.kind) {
    case 'succeeds':
      return paid(t, intent, paymentMethod);
    case 'declines':
      return declined(t, intent, paymentMethod, outcome.decline);
    case 'asks-cardholder':
      return offSession ? declined(t, intent, paymentMethod, AUTHENTICATION_REQUIRED) : asked(t, intent, paymentMethod);
    default:
      return outcome satisfies never;
  }
}

function paid(t: Transition, intent: PaymentIntent, paymentMethod: PaymentMethod): Attempt {
  const charge = newCharge(t.state, intent, paymentMethod, undefined, t.at);
  const { amount, currency, description } = charge;
  const movement = newBalanceTransaction(t.state, { amount, currency, description, source: charge.id, type: 'charge' }, t.at);
  t.keep(movement);
  t.make('charge.succeeded', { ...charge, balance_transaction: movement.id });
  const after = t.make('payment_intent.succeeded', {
    ...intent,
    amount_received: intent.amount,
    last_payment_error: null,
    latest_charge: charge.id,
    next_action: null,
    payment_method: paymentMethod.id,
    status: 'succeeded',
  });
  return { kind: 'paid', intent: after };
}

function declined(t: Transition, intent: PaymentIntent, paymentMethod: PaymentMethod, decline: Decline): Attempt {
  const charge = t.make('charge.failed', newCharge(t.state, intent, paymentMethod, decline, t.at));
  const error = errorOf(decline, charge, paymentMethod);
  const after = t.make('payment_intent.payment_failed', {
    ...intent,
    last_payment_error: error,
    latest_charge: charge.id,
    next_action: null,
    payment_method: null,
    status: 'requires_payment_method',
  });
  return { kind: 'declined', intent: after, error };
}

function asked(t: Transition, intent: PaymentIntent, paymentMethod: PaymentMethod): Attempt {
  const after = t.make('payment_intent.requires_action', {
    ...intent,
    next_action: { type: 'use_stripe_sdk', use_stripe_sdk: { type: 'three_d_secure_redirect' } },
    payment_method: paymentMethod.id,
    status: 'requires_action',
  });
  return { kind: 'needs-cardholder', intent: after };
}

export function paymentOf(t: Transition, invoice: Invoice): InvoicePayment | undefined {
  return t.state.list('invoice_payment').find((payment) => payment.invoice === invoice.id && payment.status !== 'canceled');
}

function isRefusedForGood({ last_payment_error: error }: PaymentIntent, paymentMethod: PaymentMethod): boolean {
  return error !== null && error.payment_method.id === paymentMethod.id && NEVER_RETRIED.has(error.decline_code);
}
