import { z } from 'zod';
import { Id, Instant, Limit } from './fields.js';
import { goesOneWay, listOf, ONE_WAY } from './list.js';
import { StandingResponse, VersionResponse } from './standing.js';

const InvoiceStatus = z.enum(['draft', 'open', 'paid', 'uncollectible', 'void']);

/** `GET /v1/invoices/:id`. Amounts are integers in minor units of `currency`, as Stripe writes them. */
export const InvoiceResponse = z
  .looseObject({
    id: Id,
    connectionId: Id,
    /** Stripe's `in_…`. */
    stripeId: Id,
    stripeCustomerId: z.string().nullable(),
    stripeSubscriptionId: z.string().nullable(),
    number: z.string().nullable(),
    status: InvoiceStatus,
    /** Stripe's word: `subscription_cycle`. */
    billingReason: z.string().nullable(),
    amountDue: z.int(),
    amountPaid: z.int(),
    amountRemaining: z.int(),
    total: z.int(),
    currency: z.string(),
    attemptCount: z.int().nonnegative(),
    /** When Stripe tries again; null: it does not. */
    nextPaymentAttemptAt: Instant.nullable(),
    /** Why the last attempt failed; null: none did, or it was paid since. */
    lastFailure: z.looseObject({ code: z.string().nullable(), declineCode: z.string().nullable(), at: Instant }).nullable(),
    periodStartsAt: Instant.nullable(),
    periodEndsAt: Instant.nullable(),
    dueAt: Instant.nullable(),
    finalizedAt: Instant.nullable(),
    paidAt: Instant.nullable(),
    voidedAt: Instant.nullable(),
    /** Stripe's page where it can be paid. */
    hostedUrl: z.string().nullable(),
    clockId: z.string().nullable(),
    standing: StandingResponse,
    createdAt: Instant,
    updatedAt: Instant,
    deletedAt: Instant.nullable(),
    version: VersionResponse,
  })
  .meta({ id: 'InvoiceResponse' });
export type InvoiceResponse = z.output<typeof InvoiceResponse>;

/** The query of `GET /v1/invoices`: newest first. Filters are exact. */
export const InvoicesListRequest = z
  .object({
    limit: Limit,
    starting_after: Id.optional(),
    ending_before: Id.optional(),
    stripe_customer_id: Id.optional(),
    stripe_subscription_id: Id.optional(),
    status: InvoiceStatus.optional(),
  })
  .refine(goesOneWay, ONE_WAY)
  .meta({ id: 'InvoicesListRequest' });
export type InvoicesListRequest = z.output<typeof InvoicesListRequest>;

export const InvoicesListResponse = listOf(InvoiceResponse).meta({ id: 'InvoicesListResponse' });
export type InvoicesListResponse = z.output<typeof InvoicesListResponse>;
