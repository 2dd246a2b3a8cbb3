import type { PaymentMethod } from '../resources/payment-method.js';
import type { State, StripeObject } from '../state.js';
import { midnightAfter } from './calendar.js';
import type { Decline } from './card-outcomes.js';
import { feeOf } from './money.js';
import type { Metadata } from './subscription.js';

/** The objects a payment leaves behind: the intent, one charge for each time a card was asked, and what it did to the balance. */

export type IntentStatus = 'requires_payment_method' | 'requires_confirmation' | 'requires_action' | 'succeeded' | 'canceled';

export interface PaymentIntent extends StripeObject {
  readonly object: 'payment_intent';
  readonly amount: number;
  readonly amount_received: number;
  readonly canceled_at: number | null;
  readonly client_secret: string;
  readonly created: number;
  readonly currency: string;
  readonly customer: string | null;
  readonly description: string | null;
  readonly last_payment_error: PaymentError | null;
  readonly latest_charge: string | null;
  readonly metadata: Metadata;
  readonly payment_method: string | null;
  readonly status: IntentStatus;
}

export interface PaymentError {
  readonly code: string;
  readonly decline_code: string;
  readonly payment_method: PaymentMethod;
  readonly [field: string]: unknown;
}

export interface Charge extends StripeObject {
  readonly object: 'charge';
  readonly amount: number;
  readonly amount_refunded: number;
  readonly balance_transaction: string | null;
  readonly created: number;
  readonly currency: string;
  readonly customer: string | null;
  readonly description: string | null;
  readonly metadata: Metadata;
  readonly payment_intent: string;
  readonly payment_method: string;
  readonly refunded: boolean;
  readonly status: 'succeeded' | 'failed';
}

export interface BalanceTransaction extends StripeObject {
  readonly object: 'balance_transaction';
  readonly amount: number;
  readonly available_on: number;
  readonly created: number;
  readonly currency: string;
  readonly fee: number;
  readonly net: number;
  readonly source: string;
  readonly status: 'pending' | 'available';
  readonly type: 'charge' | 'refund';
}

declare module '../state.js' {
  interface Kinds {
    payment_intent: PaymentIntent;
    charge: Charge;
    balance_transaction: BalanceTransaction;
  }
}

/** Days until a payment may be paid out (checklist Q2: seven in the recorded account). */
const DAYS_UNTIL_AVAILABLE = 7;

interface IntentDraft {
  readonly amount: number;
  readonly currency: string;
  readonly customer: string | null;
  readonly description: string | null;
  readonly paymentMethod: string | null;
  readonly metadata?: Metadata;
  readonly setupFutureUsage: 'off_session' | null;
  readonly reference?: string;
}

export function newPaymentIntent(state: State, draft: IntentDraft, at: number): PaymentIntent {
  const id = state.newId('pi');
  return {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: null,
    amount: draft.amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic',
    client_secret: `${id}_secret_${state.newSecret(25)}`,
    confirmation_method: 'automatic',
    created: at,
    currency: draft.currency,
    customer: draft.customer,
    customer_account: null,
    description: draft.description,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: draft.metadata ?? {},
    next_action: null,
    on_behalf_of: null,
    payment_details: { customer_reference: null, order_reference: draft.reference ?? null },
    payment_method: draft.paymentMethod,
    payment_method_configuration_details: null,
    payment_method_options: { card: { installments: null, mandate_options: null, network: null, request_three_d_secure: 'automatic' } },
    payment_method_types: ['card'],
    payment_record: null,
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: draft.setupFutureUsage,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: draft.paymentMethod === null ? 'requires_payment_method' : 'requires_confirmation',
    transfer_data: null,
    transfer_group: null,
  };
}

/** One time a card was asked. `decline` undefined: it paid. */
export function newCharge(
  state: State,
  intent: PaymentIntent,
  paymentMethod: PaymentMethod,
  decline: Decline | undefined,
  at: number,
): Charge {
  const paid = decline === undefined;
  const id = state.newId('ch');
  return {
    id,
    object: 'charge',
    amount: intent.amount,
    amount_captured: paid ? intent.amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: paymentMethod.billing_details,
    calculated_statement_descriptor: state.settings.businessName.toUpperCase().slice(0, 22),
    captured: paid,
    created: at,
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    destination: null,
    dispute: null,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: intent.metadata,
    on_behalf_of: null,
    order: null,
    outcome: outcomeOf(decline),
    paid,
    payment_intent: intent.id,
    payment_method: paymentMethod.id,
    payment_method_details: detailsOf(paymentMethod, intent.amount),
    radar_options: {},
    receipt_email: null,
    receipt_number: null,
    receipt_url: paid ? `https://pay.stripe.com/receipts/invoices/${state.newSecret(40)}?s=ap` : null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: paid ? 'succeeded' : 'failed',
    transfer_data: null,
    transfer_group: null,
  };
}

interface Movement {
  readonly amount: number;
  readonly currency: string;
  readonly description: string | null;
  readonly source: string;
  readonly type: 'charge' | 'refund';
}

/** A charge costs its fee at once; a refund gives none back (checklist Q1, Q9). */
export function newBalanceTransaction(state: State, movement: Movement, at: number): BalanceTransaction {
  const fee = movement.type === 'charge' ? feeOf(movement.amount) : 0;
  return {
    id: state.newId('txn'),
    object: 'balance_transaction',
    amount: movement.amount,
    available_on: midnightAfter(at, DAYS_UNTIL_AVAILABLE),
    balance_type: 'payments',
    created: at,
    currency: movement.currency,
    description: movement.description,
    exchange_rate: null,
    fee,
    fee_details:
      fee === 0
        ? []
        : [{ amount: fee, application: null, currency: movement.currency, description: 'Stripe processing fees', type: 'stripe_fee' }],
    net: movement.amount - fee,
    reporting_category: movement.type,
    source: movement.source,
    status: 'pending',
    type: movement.type,
  };
}

/** `last_payment_error` of the intent, and the body of the answer when a request was the occasion (checklist H9). */
export function errorOf(decline: Decline, charge: Charge | null, paymentMethod: PaymentMethod): PaymentError {
  return {
    advice_code: decline.adviceCode,
    ...(charge === null ? {} : { charge: charge.id }),
    code: decline.code,
    decline_code: decline.declineCode,
    doc_url: `https://stripe.com/docs/error-codes/${decline.code.replaceAll('_', '-')}`,
    message: decline.message,
    ...(decline.networkAdviceCode === null ? {} : { network_advice_code: decline.networkAdviceCode }),
    ...(decline.networkDeclineCode === null ? {} : { network_decline_code: decline.networkDeclineCode }),
    ...(decline.param === undefined ? {} : { param: decline.param }),
    payment_method: paymentMethod,
    type: 'card_error',
  };
}

function outcomeOf(decline: Decline | undefined): StripeObject[string] {
  return {
    advice_code: decline?.adviceCode ?? null,
    network_advice_code: decline?.networkAdviceCode ?? null,
    network_decline_code: decline?.networkDeclineCode ?? null,
    network_status: decline === undefined ? 'approved_by_network' : 'declined_by_network',
    reason: decline?.declineCode ?? null,
    risk_level: 'normal',
    risk_score: 20,
    seller_message: decline === undefined ? 'Payment complete.' : 'The bank did not return any further details with this decline.',
    type: decline === undefined ? 'authorized' : 'issuer_declined',
  };
}

function detailsOf(paymentMethod: PaymentMethod, amount: number): StripeObject[string] {
  const { card } = paymentMethod;
  return {
    card: {
      amount_authorized: amount,
      authorization_code: '175180',
      brand: card.brand,
      checks: card.checks,
      country: card.country,
      electronic_commerce_indicator: null,
      exp_month: card.exp_month,
      exp_year: card.exp_year,
      extended_authorization: { status: 'disabled' },
      fingerprint: card.fingerprint,
      funding: card.funding,
      incremental_authorization: { status: 'unavailable' },
      installments: null,
      last4: card.last4,
      mandate: null,
      multicapture: { status: 'unavailable' },
      network: card.brand,
      network_token: { used: false },
      network_transaction_id: '119528868122817',
      overcapture: { maximum_amount_capturable: amount, status: 'unavailable' },
      regulated_status: 'unregulated',
      three_d_secure: null,
      transaction_link_id: null,
      wallet: null,
    },
    type: 'card',
  };
}
