import { z } from 'zod';
import { type DataOf, defineTopic } from '../define-topic.js';
import { Id, Instant } from '../fields.js';
import { Version } from '../version.js';
import { Standing } from '../customers/standing.js';

/** Why the last attempt to collect an invoice failed, as far as Stripe says. */
export const PaymentFailure = z.object({
  /** Stripe's word: `card_declined`, `authentication_required`. */
  code: z.string().nullable(),
  /** The bank's word: `insufficient_funds`. */
  declineCode: z.string().nullable(),
});
export type PaymentFailure = z.output<typeof PaymentFailure>;

/** The whole state of one invoice after each change. Ordered by Stripe's customer, who may not be known to us yet. */
export const InvoiceChanged = defineTopic({
  name: 'payments.invoice.changed.v1',
  kind: 'state',
  burial: 'heals',
  key: (invoice) => invoice.invoiceId,
  order: (invoice) => `${invoice.connectionId}/${invoice.stripeCustomerId ?? invoice.stripeId}`,
  data: z.object({
    /** Ours. */
    invoiceId: Id,
    connectionId: Id,
    /** Stripe's `in_…`. */
    stripeId: Id,
    /** Stripe's `cus_…`. */
    stripeCustomerId: Id.nullable(),
    /** Stripe's `sub_…`, where a subscription is what is billed. */
    stripeSubscriptionId: Id.nullable(),
    number: z.string().nullable(),
    status: z.enum(['draft', 'open', 'paid', 'uncollectible', 'void']),
    /** Stripe's word: `subscription_create`, `subscription_cycle`. */
    billingReason: z.string().nullable(),
    /** Minor units of `currency`. */
    amountDue: z.int(),
    amountPaid: z.int(),
    amountRemaining: z.int(),
    total: z.int(),
    currency: z.string().length(3),
    attemptCount: z.int().nonnegative(),
    /** When Stripe tries again. Null: it does not. */
    nextPaymentAttemptAt: Instant.nullable(),
    /** Null unless the last attempt failed and nothing was paid since. */
    lastFailure: PaymentFailure.extend({ at: Instant }).nullable(),
    periodStartsAt: Instant.nullable(),
    periodEndsAt: Instant.nullable(),
    dueAt: Instant.nullable(),
    finalizedAt: Instant.nullable(),
    paidAt: Instant.nullable(),
    voidedAt: Instant.nullable(),
    /** Stripe's page where it can be paid. */
    hostedUrl: z.string().nullable(),
    clockId: Id.nullable(),
    standing: Standing,
    deletedAt: Instant.nullable(),
    version: Version,
  }),
});
export type InvoiceChanged = DataOf<typeof InvoiceChanged>;
