import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ENVIRONMENTS } from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';
import type { SubscriptionFacts } from './grants.rules.js';

/** What is heard of a subscription and decides about access. Its customer may not have been heard of yet. */
export const KnownSubscription = defineEntity({
  name: 'KnownSubscription',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    id: p.text().primary(),
    customerId: p.text(),
    clockId: p.text().strictNullable(),
    /** `<connection>/<Stripe's price>`, as plan versions name theirs. */
    prices: p.array(),
    facts: p.json<SubscriptionFacts>(),
    versionEpoch: p.bigint('number'),
    versionN: p.bigint('number'),
    revision: p.integer().version(),
  },
  indexes: [
    { name: 'known_subscription_by_customer', properties: ['organization', 'environment', 'customerId'] },
    { name: 'known_subscription_by_price', properties: ['prices'], type: 'gin' },
  ],
  ...ownRowsOnly,
});
export type KnownSubscription = InferEntity<typeof KnownSubscription>;
