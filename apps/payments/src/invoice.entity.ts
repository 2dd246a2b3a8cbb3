import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ENVIRONMENTS, Standing } from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';

export const INVOICE_STATUSES = ['draft', 'open', 'paid', 'uncollectible', 'void'] as const;

/** Why the last attempt to collect an invoice failed. */
export interface LastFailure {
  readonly code: string | null;
  readonly declineCode: string | null;
  /** RFC 3339, UTC. */
  readonly at: string;
}

/** One invoice as it is shown. Never deleted: it explains a payment, or its absence, for ever. Amounts are minor units. */
export const Invoice = defineEntity({
  name: 'Invoice',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    /** Ours: `i_` and a UUIDv7. */
    id: p.text().primary(),
    connectionId: p.text(),
    /** Stripe's `in_…`. */
    stripeId: p.text(),
    stripeCustomerId: p.text().strictNullable(),
    stripeSubscriptionId: p.text().strictNullable(),
    number: p.text().strictNullable(),
    status: p.enum(INVOICE_STATUSES),
    billingReason: p.text().strictNullable(),
    amountDue: p.bigint('number'),
    amountPaid: p.bigint('number'),
    amountRemaining: p.bigint('number'),
    total: p.bigint('number'),
    currency: p.text(),
    attemptCount: p.integer(),
    nextPaymentAttemptAt: p.datetime().strictNullable(),
    lastFailure: p.json<LastFailure>().strictNullable(),
    periodStartsAt: p.datetime().strictNullable(),
    periodEndsAt: p.datetime().strictNullable(),
    dueAt: p.datetime().strictNullable(),
    finalizedAt: p.datetime().strictNullable(),
    paidAt: p.datetime().strictNullable(),
    voidedAt: p.datetime().strictNullable(),
    hostedUrl: p.text().strictNullable(),
    clockId: p.text().strictNullable(),
    standing: p.enum(Standing.options),
    standingReasons: p.json<string[]>(),
    standingSince: p.datetime().strictNullable(),
    versionEpoch: p.bigint('number'),
    versionN: p.bigint('number'),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    /** A draft that was deleted at Stripe, by Stripe's stamp. */
    deletedAt: p.datetime().strictNullable(),
    revision: p.integer().version(),
  },
  uniques: [{ name: 'invoice_stripe_id', properties: ['organization', 'environment', 'connectionId', 'stripeId'] }],
  indexes: [{ name: 'invoice_by_stripe_customer', properties: ['organization', 'environment', 'stripeCustomerId'] }],
  ...ownRowsOnly,
});
export type Invoice = InferEntity<typeof Invoice>;
