import { z } from 'zod';
import { Id, Instant } from './fields.js';
import { StandingResponse, VersionResponse } from './standing.js';

/** One price of a subscription. */
export const SubscriptionItemResponse = z
  .looseObject({
    /** Stripe's `si_…`. */
    stripeId: Id,
    /** Stripe's `price_…`, or the id of a plan of the years before prices. */
    priceId: Id,
    productId: z.string().nullable(),
    /** Null for what is metered. */
    quantity: z.int().nonnegative().nullable(),
    currentPeriodStartsAt: Instant.nullable(),
    currentPeriodEndsAt: Instant.nullable(),
  })
  .meta({ id: 'SubscriptionItemResponse' });
export type SubscriptionItemResponse = z.output<typeof SubscriptionItemResponse>;

/** `GET /v1/subscriptions/:id`. */
export const SubscriptionResponse = z
  .looseObject({
    id: Id,
    customerId: Id,
    connectionId: Id,
    /** Stripe's `sub_…`; null while the subscription is not at Stripe. */
    stripeId: z.string().nullable(),
    /** Requirements §6.2. */
    status: z.enum(['payment_pending', 'expired', 'trialing', 'active', 'past_due', 'unpaid', 'paused', 'canceled', 'not_started']),
    /** Since when, by the customer's clock. Null where it was not kept yet. */
    statusSince: Instant.nullable(),
    /** When its trial became a paid subscription. Null: it had none, it has not ended, or it ended unpaid. */
    trialConvertedAt: Instant.nullable(),
    /** Null where nothing is collected yet. */
    collectionMethod: z.enum(['charge_automatically', 'send_invoice']).nullable(),
    items: z.array(SubscriptionItemResponse),
    /** False: Stripe cut the list at ten and the rest has not been fetched; more items may exist. */
    itemsAreComplete: z.boolean(),
    trialEndsAt: Instant.nullable(),
    /** The end that is agreed for the future. */
    cancelAt: Instant.nullable(),
    /** When somebody asked for the end, which is not when it ends. */
    canceledAt: Instant.nullable(),
    endedAt: Instant.nullable(),
    cancelReason: z
      .enum(['requested', 'scheduled', 'trial_ended', 'payment_failed', 'billing_provider', 'plan_change', 'connection_removed'])
      .nullable(),
    /** The earliest start and the latest end of the items' periods. */
    currentPeriodStartsAt: Instant.nullable(),
    currentPeriodEndsAt: Instant.nullable(),
    /** The Stripe test clock that the customer lives on; null for everybody else. */
    clockId: z.string().nullable(),
    standing: StandingResponse,
    createdAt: Instant,
    updatedAt: Instant,
    deletedAt: Instant.nullable(),
    version: VersionResponse,
  })
  .meta({ id: 'SubscriptionResponse' });
export type SubscriptionResponse = z.output<typeof SubscriptionResponse>;
