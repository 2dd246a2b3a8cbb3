import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ENVIRONMENTS, SubscriptionStatus } from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';

/** When a trial ends, as `customers` last told: what a reminder before its end is due by. */
export const KnownSubscription = defineEntity({
  name: 'KnownSubscription',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    /** Ours, as `customers` drew it. */
    id: p.text().primary(),
    customerId: p.text(),
    status: p.enum(SubscriptionStatus.options),
    trialEndsAt: p.datetime().strictNullable(),
    clockId: p.text().strictNullable(),
    versionEpoch: p.bigint('number'),
    versionN: p.bigint('number'),
    revision: p.integer().version(),
  },
  indexes: [{ name: 'known_subscription_by_clock', properties: ['organization', 'environment', 'clockId'] }],
  ...ownRowsOnly,
});
export type KnownSubscription = InferEntity<typeof KnownSubscription>;
