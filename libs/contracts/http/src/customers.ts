import { z } from 'zod';
import { Id, Instant, Limit } from './fields.js';
import { listOf } from './list.js';
import { StandingResponse, VersionResponse } from './standing.js';

/** `GET /v1/customers/:id`. */
export const CustomerResponse = z
  .looseObject({
    id: Id,
    /** The caller's own id of the customer. */
    externalId: z.string().nullable(),
    /** Stripe's `cus_…`; null while the customer is not at Stripe. */
    stripeId: z.string().nullable(),
    connectionId: Id,
    name: z.string().nullable(),
    email: z.string().nullable(),
    /** ISO 4217 in lower case; null until the first purchase fixes it. */
    currency: z.string().nullable(),
    /** The Stripe test clock that the customer lives on; null for everybody else. */
    clockId: z.string().nullable(),
    standing: StandingResponse,
    createdAt: Instant,
    updatedAt: Instant,
    deletedAt: Instant.nullable(),
    version: VersionResponse,
  })
  .meta({ id: 'CustomerResponse' });
export type CustomerResponse = z.output<typeof CustomerResponse>;

/** The query of `GET /v1/customers`: newest first. Filters are exact. */
export const CustomersListRequest = z
  .object({
    limit: Limit,
    /** The page after this id. */
    starting_after: Id.optional(),
    /** The page before this id. */
    ending_before: Id.optional(),
    email: z.string().min(1).max(512).optional(),
    stripe_id: Id.optional(),
  })
  .refine((query) => query.starting_after === undefined || query.ending_before === undefined, {
    path: ['ending_before'],
    message: 'Give starting_after or ending_before, not both.',
  })
  .meta({ id: 'CustomersListRequest' });
export type CustomersListRequest = z.output<typeof CustomersListRequest>;

export const CustomersListResponse = listOf(CustomerResponse).meta({ id: 'CustomersListResponse' });
export type CustomersListResponse = z.output<typeof CustomersListResponse>;
