import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ENVIRONMENTS, Standing } from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';

/**
 * One customer as it is shown: the last state that was right, or the newest that is being checked. Never deleted: what a customer had is
 * explained by it long after it is gone at Stripe (architecture rule 11).
 */
export const Customer = defineEntity({
  name: 'Customer',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    /** Ours: `cust_` and a UUIDv7, so that the order of ids is the order in which customers became known. */
    id: p.text().primary(),
    /** Null while the customer is not at Stripe. */
    connectionId: p.text().strictNullable(),
    /** Stripe's `cus_…`; null while the customer is not at Stripe. */
    stripeId: p.text().strictNullable(),
    /** The caller's own id: nobody else of the environment has it. */
    externalId: p.text().strictNullable(),
    /** The external id that the customer's metadata at Stripe names. Another than `externalId`: somebody else had it first. */
    claimedExternalId: p.text().strictNullable(),
    name: p.text().strictNullable(),
    email: p.text().strictNullable(),
    currency: p.text().strictNullable(),
    clockId: p.text().strictNullable(),
    /** Known by name only: a subscription, or something unreadable, told of it before any state of its own came. */
    isStub: p.boolean(),
    /** The row that this one has become part of; null for all but a few. */
    mergedInto: p.text().strictNullable(),
    standing: p.enum(Standing.options),
    standingReasons: p.json<string[]>(),
    /** Since when it has the standing; null: nothing but confirmed was ever seen. */
    standingSince: p.datetime().strictNullable(),
    versionEpoch: p.bigint('number'),
    versionN: p.bigint('number'),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    /** When it was deleted at Stripe, by Stripe's stamp, or when it was merged into another. */
    deletedAt: p.datetime().strictNullable(),
    // The ORM's own: an update of no row throws (road 9.1).
    revision: p.integer().version(),
  },
  uniques: [
    { name: 'customer_stripe_id', properties: ['organization', 'environment', 'connectionId', 'stripeId'] },
    { name: 'customer_external_id', properties: ['organization', 'environment', 'externalId'] },
  ],
  indexes: [
    { name: 'customer_by_stripe_id', properties: ['organization', 'environment', 'stripeId'] },
    { name: 'customer_by_email', properties: ['organization', 'environment', 'email'] },
  ],
  ...ownRowsOnly,
});
export type Customer = InferEntity<typeof Customer>;
