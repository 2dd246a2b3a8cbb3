import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import {
  CancelReason,
  CollectionMethod,
  ENVIRONMENTS,
  Standing,
  SubscriptionStatus,
  type SubscriptionItem,
} from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';

const COLLECTION_PAUSES = ['void', 'keep_as_draft', 'mark_uncollectible'] as const;

/** One subscription as it is shown. Never deleted: a canceled one still explains old access. */
export const Subscription = defineEntity({
  name: 'Subscription',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    /** Ours: `subn_` and a UUIDv7. */
    id: p.text().primary(),
    /** Ours. Its row is always there, if only as a stub (road, Settled 5). */
    customerId: p.text(),
    connectionId: p.text(),
    /** Stripe's `sub_…`; null while the subscription is not at Stripe. */
    stripeId: p.text().strictNullable(),
    status: p.enum(SubscriptionStatus.options),
    /** Since when, by the customer's clock; null only in rows of before it was kept. */
    statusSince: p.datetime().strictNullable(),
    /** When its trial became a paid subscription. */
    trialConvertedAt: p.datetime().strictNullable(),
    collectionMethod: p.enum(CollectionMethod.options).strictNullable(),
    items: p.json<SubscriptionItem[]>(),
    /** False: Stripe cut the list at ten, and more items may exist (road 5.4). */
    itemsAreComplete: p.boolean(),
    trialEndsAt: p.datetime().strictNullable(),
    cancelAt: p.datetime().strictNullable(),
    canceledAt: p.datetime().strictNullable(),
    endedAt: p.datetime().strictNullable(),
    cancelReason: p.enum(CancelReason.options).strictNullable(),
    currentPeriodStartsAt: p.datetime().strictNullable(),
    currentPeriodEndsAt: p.datetime().strictNullable(),
    /** What becomes of its invoices while their collection is paused; the status does not say that it is. */
    collectionPause: p.enum(COLLECTION_PAUSES).strictNullable(),
    collectionResumesAt: p.datetime().strictNullable(),
    clockId: p.text().strictNullable(),
    standing: p.enum(Standing.options),
    standingReasons: p.json<string[]>(),
    standingSince: p.datetime().strictNullable(),
    versionEpoch: p.bigint('number'),
    versionN: p.bigint('number'),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    /** When Stripe said that it was deleted, by Stripe's stamp. */
    deletedAt: p.datetime().strictNullable(),
    revision: p.integer().version(),
  },
  uniques: [{ name: 'subscription_stripe_id', properties: ['organization', 'environment', 'connectionId', 'stripeId'] }],
  indexes: [{ name: 'subscription_by_customer', properties: ['organization', 'environment', 'customerId'] }],
  ...ownRowsOnly,
});
export type Subscription = InferEntity<typeof Subscription>;
