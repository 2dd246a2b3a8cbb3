import { z } from 'zod';
import { type DataOf, defineTopic } from '../define-topic.js';
import { Id, Instant } from '../fields.js';
import { Version } from '../version.js';
import { Standing } from './standing.js';

/** Requirements §6.2. Stripe has eight; `not_started` is ours: agreed, but not begun. */
export const SubscriptionStatus = z.enum([
  'payment_pending',
  'expired',
  'trialing',
  'active',
  'past_due',
  'unpaid',
  'paused',
  'canceled',
  'not_started',
]);
export type SubscriptionStatus = z.output<typeof SubscriptionStatus>;

/** Who moves the money: Stripe takes it, or the customer pays an invoice. */
export const CollectionMethod = z.enum(['charge_automatically', 'send_invoice']);
export type CollectionMethod = z.output<typeof CollectionMethod>;

/** Requirements §6.2. */
export const CancelReason = z.enum([
  'requested',
  'scheduled',
  'trial_ended',
  'payment_failed',
  'billing_provider',
  'plan_change',
  'connection_removed',
]);
export type CancelReason = z.output<typeof CancelReason>;

/** One price of a subscription. */
export const SubscriptionItem = z.object({
  /** Stripe's `si_…`. */
  stripeId: Id,
  /** Stripe's `price_…`, or the id of a plan of the years before prices. */
  priceId: Id,
  productId: Id.nullable(),
  /** Null for what is metered. */
  quantity: z.int().nonnegative().nullable(),
  /** Items may have periods of their own; where Stripe tells one for the whole subscription, each item has that. */
  currentPeriodStartsAt: Instant.nullable(),
  currentPeriodEndsAt: Instant.nullable(),
});
export type SubscriptionItem = z.output<typeof SubscriptionItem>;

/**
 * The whole state of one subscription after each change, never a delta: who missed ten of these is right again after the eleventh.
 * Ordered by its customer, so that a customer's subscriptions are seen in the order they changed, and keyed by itself, so that
 * compaction keeps each of them (road 4.1).
 */
export const SubscriptionChanged = defineTopic({
  name: 'customers.subscription.changed.v1',
  kind: 'state',
  burial: 'heals',
  key: (subscription) => subscription.subscriptionId,
  order: (subscription) => subscription.customerId,
  data: z.object({
    /** Ours. */
    subscriptionId: Id,
    customerId: Id,
    connectionId: Id,
    /** Stripe's `sub_…`; absent while the subscription is not at Stripe. */
    stripeId: Id.nullable(),
    status: SubscriptionStatus,
    /** Since when it has this status, by the customer's clock: what a grace is counted from. Writers before 0.1 did not say. */
    statusSince: Instant.nullable().optional(),
    /** When a trial became a paid subscription; null: there was none, it has not ended, or it ended unpaid. Writers before 0.1 did not say. */
    trialConvertedAt: Instant.nullable().optional(),
    /** Null where nothing is collected yet. */
    collectionMethod: CollectionMethod.nullable(),
    items: z.array(SubscriptionItem),
    /** False: Stripe cut the list at ten and the rest has not been fetched (road 5.4); more items may exist. */
    itemsAreComplete: z.boolean(),
    trialEndsAt: Instant.nullable(),
    /** The end that is agreed for the future. */
    cancelAt: Instant.nullable(),
    /** When somebody asked for the end, which is not when it ends. */
    canceledAt: Instant.nullable(),
    endedAt: Instant.nullable(),
    cancelReason: CancelReason.nullable(),
    /** The earliest start and the latest end of the items' periods. */
    currentPeriodStartsAt: Instant.nullable(),
    currentPeriodEndsAt: Instant.nullable(),
    /** A Stripe test clock: this subscription lives at its frozen time in every service (architecture rule 14). */
    clockId: Id.nullable(),
    standing: Standing,
    deletedAt: Instant.nullable(),
    version: Version,
  }),
});
export type SubscriptionChanged = DataOf<typeof SubscriptionChanged>;
