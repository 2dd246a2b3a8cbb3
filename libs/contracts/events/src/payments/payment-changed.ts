import { z } from 'zod';
import { type DataOf, defineTopic } from '../define-topic.js';
import { Id, Instant } from '../fields.js';
import { Version } from '../version.js';
import { Standing } from '../customers/standing.js';
import { PaymentFailure } from './invoice-changed.js';

/** One attempt to move money: Stripe's payment intent, in our words. No card: brand and digits are the payment method's. */
export const PaymentChanged = defineTopic({
  name: 'payments.payment.changed.v1',
  kind: 'state',
  burial: 'heals',
  key: (payment) => payment.paymentId,
  order: (payment) => `${payment.connectionId}/${payment.stripeCustomerId ?? payment.stripeId}`,
  data: z.object({
    /** Ours. */
    paymentId: Id,
    connectionId: Id,
    /** Stripe's `pi_…`. */
    stripeId: Id,
    stripeCustomerId: Id.nullable(),
    /** Stripe's `in_…`; null for a payment without an invoice, or where Stripe does not say. */
    stripeInvoiceId: Id.nullable(),
    status: z.enum([
      'requires_payment_method',
      'requires_confirmation',
      'requires_action',
      'processing',
      'requires_capture',
      'succeeded',
      'canceled',
    ]),
    /** Minor units of `currency`. */
    amount: z.int(),
    amountReceived: z.int(),
    currency: z.string().length(3),
    failure: PaymentFailure.nullable(),
    createdAt: Instant,
    standing: Standing,
    deletedAt: Instant.nullable(),
    version: Version,
  }),
});
export type PaymentChanged = DataOf<typeof PaymentChanged>;
