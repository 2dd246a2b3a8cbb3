import { z } from 'zod';
import { Id, Instant, Limit } from './fields.js';
import { goesOneWay, listOf, ONE_WAY } from './list.js';
import { CatalogKey, CatalogName } from './plan-terms.js';

/** `POST /v1/products`: something that is sold in plans. */
export const ProductCreateRequest = z.strictObject({ key: CatalogKey, name: CatalogName }).meta({ id: 'ProductCreateRequest' });
export type ProductCreateRequest = z.output<typeof ProductCreateRequest>;

/** `GET /v1/products/:id`. At Stripe there is a product for each plan: see the plans. */
export const ProductResponse = z
  .looseObject({
    id: Id,
    key: z.string(),
    name: z.string(),
    /** The key of the plan that everybody has who has no other. */
    freePlan: z.string().nullable(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({ id: 'ProductResponse' });
export type ProductResponse = z.output<typeof ProductResponse>;

/** The query of `GET /v1/products`: newest first. */
export const ProductsListRequest = z
  .object({ limit: Limit, starting_after: Id.optional(), ending_before: Id.optional(), key: CatalogKey.optional() })
  .refine(goesOneWay, ONE_WAY)
  .meta({ id: 'ProductsListRequest' });
export type ProductsListRequest = z.output<typeof ProductsListRequest>;

export const ProductsListResponse = listOf(ProductResponse).meta({ id: 'ProductsListResponse' });
export type ProductsListResponse = z.output<typeof ProductsListResponse>;
