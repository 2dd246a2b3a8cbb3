import { z } from 'zod';
import { Id, Instant, Limit } from './fields.js';
import { goesOneWay, listOf, ONE_WAY } from './list.js';
import { planTerms, PricingType } from './plan-terms.js';
import { VersionResponse } from './standing.js';
import { SyncResponse } from './sync.js';

/** `POST /v1/plans/:id/versions`: a draft. Nobody gets it before it is published, and then it does not change. */
export const PlanVersionCreateRequest = z.strictObject(planTerms).meta({ id: 'PlanVersionCreateRequest' });
export type PlanVersionCreateRequest = z.output<typeof PlanVersionCreateRequest>;

const PlanPriceResponse = z
  .looseObject({
    id: Id,
    /** Minor units of `currency`. */
    amount: z.int(),
    currency: z.string(),
    interval: z.enum(['day', 'week', 'month', 'year']),
    intervalCount: z.int(),
    /** Stripe's price, on each connection. */
    sync: z.array(SyncResponse),
  })
  .meta({ id: 'PlanPriceResponse' });

/** `GET /v1/plan_versions/:id`. */
export const PlanVersionResponse = z
  .looseObject({
    id: Id,
    planId: Id,
    planKey: z.string(),
    productId: Id,
    /** 1, 2, 3 … of its plan. */
    number: z.int().positive(),
    name: z.string(),
    pricingType: PricingType,
    status: z.enum(['draft', 'published', 'archived']),
    /** Whether this is what new subscribers get. */
    isCurrent: z.boolean(),
    prices: z.array(PlanPriceResponse),
    features: z.array(z.looseObject({ key: z.string(), value: z.union([z.boolean(), z.int(), z.string()]), isCore: z.boolean() })),
    accessPolicy: z.looseObject({
      pastDue: z.looseObject({ graceDays: z.int(), then: z.enum(['full', 'core', 'none']) }),
      unpaid: z.looseObject({ coreDays: z.int() }),
      trialEnd: z.looseObject({ graceDays: z.int() }),
    }),
    trialDays: z.int().nullable(),
    publishedAt: Instant.nullable(),
    archivedAt: Instant.nullable(),
    createdAt: Instant,
    updatedAt: Instant,
    version: VersionResponse,
  })
  .meta({ id: 'PlanVersionResponse' });
export type PlanVersionResponse = z.output<typeof PlanVersionResponse>;

/** The query of `GET /v1/plan_versions`: newest first. Filters are exact. */
export const PlanVersionsListRequest = z
  .object({
    limit: Limit,
    starting_after: Id.optional(),
    ending_before: Id.optional(),
    plan: Id.optional(),
    status: z.enum(['draft', 'published', 'archived']).optional(),
  })
  .refine(goesOneWay, ONE_WAY)
  .meta({ id: 'PlanVersionsListRequest' });
export type PlanVersionsListRequest = z.output<typeof PlanVersionsListRequest>;

export const PlanVersionsListResponse = listOf(PlanVersionResponse).meta({ id: 'PlanVersionsListResponse' });
export type PlanVersionsListResponse = z.output<typeof PlanVersionsListResponse>;
