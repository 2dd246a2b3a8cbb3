import { z } from 'zod';
import { type DataOf, defineTopic } from '../define-topic.js';
import { Id, Instant } from '../fields.js';
import { Version } from '../version.js';

/** What a feature grants: on or off, how many, or one of a list. */
export const FeatureGrant = z.object({
  /** The word that product code asks by: `export`, `seats`. */
  key: z.string().min(1),
  value: z.union([z.boolean(), z.int().nonnegative(), z.string().min(1)]),
  /** Kept where access is reduced to the core (requirement S19). */
  isCore: z.boolean(),
});
export type FeatureGrant = z.output<typeof FeatureGrant>;

/** What becomes of access when money does not come (requirements S15, S19, S21; §6.2). Days are of 24 hours, by the customer's clock. */
export const AccessPolicy = z.object({
  pastDue: z.object({
    /** Full access goes on for so long after the payment failed. */
    graceDays: z.int().nonnegative(),
    /** What there is afterwards. */
    then: z.enum(['full', 'core', 'none']),
  }),
  unpaid: z.object({
    /** Core access goes on for so long, then the free set. */
    coreDays: z.int().nonnegative(),
  }),
  trialEnd: z.object({
    /** Members who do not handle billing keep access for so long after a trial that ended unpaid. */
    graceDays: z.int().nonnegative(),
  }),
});
export type AccessPolicy = z.output<typeof AccessPolicy>;

/** One price of a plan version, and where it stands at Stripe. */
export const PlanPrice = z.object({
  /** Ours. */
  priceId: Id,
  /** Minor units, ISO 4217 in lower case. */
  amount: z.int().nonnegative(),
  currency: z.string().length(3),
  interval: z.enum(['day', 'week', 'month', 'year']),
  intervalCount: z.int().positive(),
  /** Stripe's `price_…` on each connection that has it. */
  atStripe: z.array(z.object({ connectionId: Id, stripeId: Id })),
});
export type PlanPrice = z.output<typeof PlanPrice>;

/**
 * One version of a plan: what a subscriber of it was promised. A published version does not change but for its plan's name, where its prices
 * stand at Stripe and whether it is the current one; who subscribed to it keeps it (requirement S25).
 */
export const PlanVersionChanged = defineTopic({
  name: 'catalog.plan-version.changed.v1',
  kind: 'state',
  burial: 'heals',
  key: (planVersion) => planVersion.planVersionId,
  order: (planVersion) => planVersion.productId,
  data: z.object({
    planVersionId: Id,
    planId: Id,
    /** The caller's word for the plan: `pro`. */
    planKey: z.string().min(1),
    productId: Id,
    /** 1, 2, 3 … of its plan. */
    number: z.int().positive(),
    name: z.string().min(1),
    pricingType: z.enum(['free', 'paid', 'custom']),
    status: z.enum(['draft', 'published', 'archived']),
    /** Whether this is what new subscribers get. */
    isCurrent: z.boolean(),
    prices: z.array(PlanPrice),
    features: z.array(FeatureGrant),
    accessPolicy: AccessPolicy,
    publishedAt: Instant.nullable(),
    version: Version,
  }),
});
export type PlanVersionChanged = DataOf<typeof PlanVersionChanged>;
