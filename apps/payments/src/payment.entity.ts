import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ENVIRONMENTS, Standing } from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';

export const PAYMENT_STATUSES = [
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
  'processing',
  'requires_capture',
  'succeeded',
  'canceled',
] as const;

/** One attempt to move money as it is shown: Stripe's payment intent. No card: brand and digits are the payment method's. Minor units. */
export const Payment = defineEntity({
  name: 'Payment',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    /** Ours: `p_` and a UUIDv7. */
    id: p.text().primary(),
    connectionId: p.text(),
    /** Stripe's `pi_…`. */
    stripeId: p.text(),
    stripeCustomerId: p.text().strictNullable(),
    stripeInvoiceId: p.text().strictNullable(),
    status: p.enum(PAYMENT_STATUSES),
    amount: p.bigint('number'),
    amountReceived: p.bigint('number'),
    currency: p.text(),
    failure: p.json<{ code: string | null; declineCode: string | null }>().strictNullable(),
    /** When Stripe made it. */
    beganAt: p.datetime(),
    standing: p.enum(Standing.options),
    standingReasons: p.json<string[]>(),
    standingSince: p.datetime().strictNullable(),
    versionEpoch: p.bigint('number'),
    versionN: p.bigint('number'),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    deletedAt: p.datetime().strictNullable(),
    revision: p.integer().version(),
  },
  uniques: [{ name: 'payment_stripe_id', properties: ['organization', 'environment', 'connectionId', 'stripeId'] }],
  indexes: [{ name: 'payment_by_stripe_customer', properties: ['organization', 'environment', 'stripeCustomerId'] }],
  ...ownRowsOnly,
});
export type Payment = InferEntity<typeof Payment>;
