import { z } from 'zod';
import { Id, Instant, Limit } from './fields.js';
import { goesOneWay, listOf, ONE_WAY } from './list.js';
import { CatalogKey, CatalogName, PricingType } from './plan-terms.js';
import { SyncResponse } from './sync.js';

/** `POST /v1/plans`: a plan without a version yet. Whether it is free, paid or custom stays for ever. */
export const PlanCreateRequest = z
  .strictObject({ productId: Id, key: CatalogKey, name: CatalogName, pricingType: PricingType })
  .meta({ id: 'PlanCreateRequest' });
export type PlanCreateRequest = z.output<typeof PlanCreateRequest>;

/** `GET /v1/plans/:id`. */
export const PlanResponse = z
  .looseObject({
    id: Id,
    productId: Id,
    key: z.string(),
    name: z.string(),
    pricingType: PricingType,
    /** The version that new subscribers get; null where none is published. */
    currentVersionId: Id.nullable(),
    /** Stripe's product of this plan, on each connection. */
    sync: z.array(SyncResponse),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({ id: 'PlanResponse' });
export type PlanResponse = z.output<typeof PlanResponse>;

/** The query of `GET /v1/plans`: newest first. Filters are exact. */
export const PlansListRequest = z
  .object({
    limit: Limit,
    starting_after: Id.optional(),
    ending_before: Id.optional(),
    product: Id.optional(),
    key: CatalogKey.optional(),
  })
  .refine(goesOneWay, ONE_WAY)
  .meta({ id: 'PlansListRequest' });
export type PlansListRequest = z.output<typeof PlansListRequest>;

export const PlansListResponse = listOf(PlanResponse).meta({ id: 'PlansListResponse' });
export type PlansListResponse = z.output<typeof PlansListResponse>;
