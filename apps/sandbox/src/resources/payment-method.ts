import { FAILS_ONLY_WHEN_CHARGED, outcomeOfCharge } from '../billing/card-outcomes.js';
import { made, then, unchanged, updated } from '../change.js';
import { type Address, EMPTY_ADDRESS } from '../filters.js';
import type { Change, State, StripeObject } from '../state.js';
import { invalidRequest, StripeError } from '../stripe-error.js';
import { cardOfToken, type TestCard } from './test-cards.js';
import { timeOf } from './test-clocks.js';

export interface PaymentMethod extends StripeObject {
  readonly object: 'payment_method';
  readonly allow_redisplay: string;
  readonly billing_details: {
    readonly address: Address;
    readonly email: string | null;
    readonly name: string | null;
    readonly phone: string | null;
    readonly tax_id: string | null;
  };
  readonly card: PaymentCard;
  readonly created: number;
  readonly customer: string | null;
  readonly customer_account: null;
  readonly livemode: false;
  readonly metadata: Readonly<Record<string, string>>;
  readonly type: 'card';
}
interface PaymentCard {
  readonly brand: string;
  readonly country: string;
  readonly exp_month: number;
  readonly exp_year: number;
  /** What the card does when it is charged follows from these: outcomeOfCharge. */
  readonly last4: string;
  readonly [field: string]: unknown;
}
/** A payment method that was detached, or used without a customer: it may not be used again. */
interface UsedPaymentMethod extends StripeObject {
  readonly object: 'sandbox.used_payment_method';
}
declare module '../state.js' {
  interface Kinds {
    payment_method: PaymentMethod;
    'sandbox.used_payment_method': UsedPaymentMethod;
  }
}

const KIND = 'payment_method';
const ELSEWHERE =
  "; It's possible this PaymentMethod exists on one of your connected accounts, in which case you should retry this request on that connected account. Learn more at https://stripe.com/docs/connect/authentication";

export const missingPaymentMethod = (id: string, param = 'payment_method'): StripeError =>
  invalidRequest(`No such PaymentMethod: '${id}'${ELSEWHERE}`, { code: 'resource_missing', param, status: 404 });

/** The payment method of this id; one of Stripe's test ids (`pm_card_visa`) is made on the spot, as a new one each time. */
export function paymentMethodOf(state: State, id: string, now: number): { change: Change; paymentMethod: PaymentMethod } | undefined {
  const known = state.find(KIND, id);
  if (known !== undefined) return { change: unchanged(state), paymentMethod: known };
  const card = id.startsWith('pm_card_') ? cardOfToken(id.slice('pm_card_'.length)) : undefined;
  if (card === undefined) return undefined;
  const paymentMethod = newPaymentMethod(state, card, now);
  return { change: made(unchanged(state), paymentMethod, { at: now }), paymentMethod };
}

/**
 * Gives a payment method to a customer. The bank is asked once (a card that always declines cannot be attached: 402),
 * except for the card that fails only after it was attached.
 */
export function attached(
  state: State,
  id: string,
  customer: StripeObject,
  now: number,
  param = 'payment_method',
): { change: Change; id: string } {
  const found = paymentMethodOf(state, id, now);
  if (found === undefined) throw missingPaymentMethod(id, param);
  const { change, paymentMethod } = found;
  if (paymentMethod.customer !== null) {
    throw invalidRequest('The payment method you provided has already been attached to a customer.', { param });
  }
  if (state.find('sandbox.used_payment_method', paymentMethod.id) !== undefined) {
    throw invalidRequest(
      'This PaymentMethod was previously used without being attached to a Customer or was detached from a Customer, and may not be used again.',
      { param },
    );
  }
  checkWithBank(paymentMethod.card.last4);
  const owned: PaymentMethod = { ...paymentMethod, customer: customer.id };
  const withOwner: Change = { state: change.state.with(owned), events: change.events };
  return {
    change: { ...withOwner, events: [...withOwner.events, { type: 'payment_method.attached', object: owned, at: now }] },
    id: owned.id,
  };
}

function checkWithBank(last4: string): void {
  const outcome = outcomeOfCharge(last4);
  if (outcome.kind !== 'declines' || FAILS_ONLY_WHEN_CHARGED.has(last4)) return;
  const { decline } = outcome;
  throw new StripeError({
    status: 402,
    type: 'card_error',
    code: decline.code,
    message: decline.message,
    param: decline.param ?? '',
    more: {
      advice_code: decline.adviceCode,
      decline_code: decline.declineCode,
      ...(decline.networkAdviceCode === null ? {} : { network_advice_code: decline.networkAdviceCode }),
      ...(decline.networkDeclineCode === null ? {} : { network_decline_code: decline.networkDeclineCode }),
    },
    remembered: true,
  });
}

export function newPaymentMethod(state: State, card: TestCard, now: number): PaymentMethod {
  const expires = new Date(now * 1000);
  return {
    id: state.newId('pm'),
    object: KIND,
    allow_redisplay: 'unspecified',
    billing_details: { address: EMPTY_ADDRESS, email: null, name: null, phone: null, tax_id: null },
    card: {
      brand: card.brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
      country: card.country,
      display_brand: card.brand,
      exp_month: card.expMonth ?? expires.getUTCMonth() + 1,
      exp_year: card.expYear ?? expires.getUTCFullYear() + 1,
      // The same card has the same fingerprint everywhere in an account.
      fingerprint: `sandbox${card.last4}${card.brand}`.padEnd(16, '0').slice(0, 16),
      funding: card.funding,
      generated_from: null,
      last4: card.last4,
      networks: { available: [card.brand], preferred: null },
      regulated_status: 'unregulated',
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    created: now,
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: {},
    type: 'card',
  };
}

export function existing(state: State, id: string): PaymentMethod {
  const paymentMethod = state.find(KIND, id);
  if (paymentMethod === undefined) throw missingPaymentMethod(id);
  return paymentMethod;
}

export function timeOfOwner(state: State, customer: string | null, now: number): number {
  return customer === null ? now : timeOf(state, state.find('customer', customer)?.test_clock, now);
}

/** Takes a payment method from its customer, and from the customer's invoices with it. */
export function detached(state: State, paymentMethod: PaymentMethod, now: number): Change {
  const { customer: owner, id } = paymentMethod;
  const at = timeOfOwner(state, owner, now);
  const free: PaymentMethod = { ...paymentMethod, customer: null };
  const used: UsedPaymentMethod = { id, object: 'sandbox.used_payment_method' };
  const change: Change = {
    state: state.with(free).with(used),
    events: [{ type: 'payment_method.detached', object: free, previous: { customer: owner }, at }],
  };
  return then(change, (next) => {
    const customer = owner === null ? undefined : next.find('customer', owner);
    if (customer === undefined || customer.invoice_settings.default_payment_method !== id) return unchanged(next);
    const invoice_settings = { ...customer.invoice_settings, default_payment_method: null };
    return updated(unchanged(next), { ...customer, invoice_settings }, { type: 'customer.updated', at });
  });
}
