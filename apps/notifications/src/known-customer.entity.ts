import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ENVIRONMENTS } from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';

/** What a mail to a customer needs to be known of it, as `customers` last told. */
export const KnownCustomer = defineEntity({
  name: 'KnownCustomer',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    /** Ours, as `customers` drew it. */
    id: p.text().primary(),
    connectionId: p.text().strictNullable(),
    stripeId: p.text().strictNullable(),
    externalId: p.text().strictNullable(),
    name: p.text().strictNullable(),
    email: p.text().strictNullable(),
    clockId: p.text().strictNullable(),
    deletedAt: p.datetime().strictNullable(),
    versionEpoch: p.bigint('number'),
    versionN: p.bigint('number'),
    revision: p.integer().version(),
  },
  indexes: [{ name: 'known_customer_by_stripe_id', properties: ['organization', 'environment', 'connectionId', 'stripeId'] }],
  ...ownRowsOnly,
});
export type KnownCustomer = InferEntity<typeof KnownCustomer>;
