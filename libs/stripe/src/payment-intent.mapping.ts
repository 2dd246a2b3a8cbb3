import { z } from 'zod';
import { Currency, IdOf, readStripeObject, Text, Time, wordFor } from './stripe-field.js';

const STATUS = {
  requires_payment_method: 'requires_payment_method',
  requires_confirmation: 'requires_confirmation',
  requires_action: 'requires_action',
  processing: 'processing',
  requires_capture: 'requires_capture',
  succeeded: 'succeeded',
  canceled: 'canceled',
  // Renamed by Stripe in 2019-02-11.
  requires_source: 'requires_payment_method',
  requires_source_action: 'requires_action',
} as const;
export type PaymentStatus = (typeof STATUS)[keyof typeof STATUS];

/** Of a payment no card is kept: brand and digits are the payment method's (requirement S12). */
export type NormalisedPayment = {
  paymentId: string;
  customerId: string | null;
  /** Null since 2025-03-31.basil, where an invoice names its payments and not the other way round. */
  invoiceId: string | null;
  status: PaymentStatus;
  /** Minor units. */
  amount: number;
  amountReceived: number;
  currency: string;
  failure: { code: string | null; declineCode: string | null } | null;
  createdAt: string;
};

const PaymentIntent = z.object({
  object: z.literal('payment_intent'),
  id: Text,
  customer: IdOf.nullish(),
  invoice: IdOf.nullish(),
  status: z.string(),
  amount: z.int(),
  amount_received: z.int().nullish(),
  currency: Currency,
  last_payment_error: z.object({ code: Text.nullish(), decline_code: Text.nullish() }).nullish(),
  created: Time,
});

/** One Stripe payment intent in our words, the same for every API version. Throws UnreadableStripeObject, UnknownStripeValue. */
export function fromStripePaymentIntent(object: unknown): NormalisedPayment {
  const payment = readStripeObject('payment_intent', PaymentIntent, object);
  const { last_payment_error: error } = payment;
  return {
    paymentId: payment.id,
    customerId: payment.customer ?? null,
    invoiceId: payment.invoice ?? null,
    status: wordFor(STATUS, 'payment_intent.status', payment.status),
    amount: payment.amount,
    amountReceived: payment.amount_received ?? 0,
    currency: payment.currency,
    failure: error ? { code: error.code ?? null, declineCode: error.decline_code ?? null } : null,
    createdAt: payment.created,
  };
}
