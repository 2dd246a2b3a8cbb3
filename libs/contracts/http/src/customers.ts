import { z } from 'zod';
import { ExternalId, Id, Instant, Limit, PersonText } from './fields.js';
import { goesOneWay, listOf, ONE_WAY } from './list.js';
import { StandingResponse, VersionResponse } from './standing.js';

/** `GET /v1/customers/:id`. */
export const CustomerResponse = z
  .looseObject({
    id: Id,
    /** The caller's own id of the customer. */
    externalId: z.string().nullable(),
    /** The external id that the customer's metadata at Stripe names, where another customer has it: somebody has to decide whose it is. */
    externalIdConflict: z.string().nullable(),
    /** Stripe's `cus_…`; null while the customer is not at Stripe. */
    stripeId: z.string().nullable(),
    /** Null while the customer is not at Stripe. */
    connectionId: Id.nullable(),
    name: z.string().nullable(),
    email: z.string().nullable(),
    /** ISO 4217 in lower case; null until the first purchase fixes it. */
    currency: z.string().nullable(),
    /** The Stripe test clock that the customer lives on; null for everybody else. */
    clockId: z.string().nullable(),
    standing: StandingResponse,
    /** The customer that this one has become part of, because the two turned out to be one; its subscriptions and workspaces are there. */
    mergedInto: Id.nullable(),
    createdAt: Instant,
    updatedAt: Instant,
    deletedAt: Instant.nullable(),
    version: VersionResponse,
  })
  .meta({ id: 'CustomerResponse' });
export type CustomerResponse = z.output<typeof CustomerResponse>;

/** A customer of one of the organization's Stripe accounts. */
const AtStripe = z.object({
  connectionId: Id,
  customerId: z.string().regex(/^cus_[A-Za-z0-9_]{1,250}$/, "Stripe's id of a customer: cus_…"),
});

/** `POST /v1/customers`: under the caller's own id, before or after Stripe knows the customer. */
export const CustomersCreateRequest = z
  .object({
    externalId: ExternalId,
    /** What the customer is called until Stripe says it. */
    name: PersonText.nullish(),
    email: PersonText.nullish(),
    /** The customer that it is at Stripe. */
    stripe: AtStripe.optional(),
  })
  .meta({ id: 'CustomersCreateRequest' });
export type CustomersCreateRequest = z.output<typeof CustomersCreateRequest>;

/** `PATCH /v1/customers/:id`: what is left out stays. Name and e-mail only while the customer is not at Stripe. */
export const CustomersUpdateRequest = z
  .object({ name: PersonText.nullable().optional(), email: PersonText.nullable().optional(), stripe: AtStripe.optional() })
  .meta({ id: 'CustomersUpdateRequest' });
export type CustomersUpdateRequest = z.output<typeof CustomersUpdateRequest>;

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
    external_id: ExternalId.optional(),
  })
  .refine(goesOneWay, ONE_WAY)
  .meta({ id: 'CustomersListRequest' });
export type CustomersListRequest = z.output<typeof CustomersListRequest>;

export const CustomersListResponse = listOf(CustomerResponse).meta({ id: 'CustomersListResponse' });
export type CustomersListResponse = z.output<typeof CustomersListResponse>;
