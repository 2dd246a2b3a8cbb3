import { z } from 'zod';
import { Id, Instant, Limit } from './fields.js';
import { goesOneWay, listOf, ONE_WAY } from './list.js';
import { StandingResponse, VersionResponse } from './standing.js';

const PaymentStatus = z.enum([
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
  'processing',
  'requires_capture',
  'succeeded',
  'canceled',
]);

/** `GET /v1/payments/:id`: Stripe's payment intent. Amounts are integers in minor units of `currency`. */
export const PaymentResponse = z
  .looseObject({
    id: Id,
    connectionId: Id,
    /** Stripe's `pi_…`. */
    stripeId: Id,
    stripeCustomerId: z.string().nullable(),
    /** Null where Stripe does not say, as since 2025-03-31.basil. */
    stripeInvoiceId: z.string().nullable(),
    status: PaymentStatus,
    amount: z.int(),
    amountReceived: z.int(),
    currency: z.string(),
    failure: z.looseObject({ code: z.string().nullable(), declineCode: z.string().nullable() }).nullable(),
    /** When Stripe made it. */
    beganAt: Instant,
    standing: StandingResponse,
    createdAt: Instant,
    updatedAt: Instant,
    deletedAt: Instant.nullable(),
    version: VersionResponse,
  })
  .meta({ id: 'PaymentResponse' });
export type PaymentResponse = z.output<typeof PaymentResponse>;

/** The query of `GET /v1/payments`: newest first. Filters are exact. */
export const PaymentsListRequest = z
  .object({
    limit: Limit,
    starting_after: Id.optional(),
    ending_before: Id.optional(),
    stripe_customer_id: Id.optional(),
    status: PaymentStatus.optional(),
  })
  .refine(goesOneWay, ONE_WAY)
  .meta({ id: 'PaymentsListRequest' });
export type PaymentsListRequest = z.output<typeof PaymentsListRequest>;

export const PaymentsListResponse = listOf(PaymentResponse).meta({ id: 'PaymentsListResponse' });
export type PaymentsListResponse = z.output<typeof PaymentsListResponse>;
