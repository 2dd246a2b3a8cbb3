import { z } from 'zod';
import { Currency, IdOf, OwnMetadata, readStripeObject, Text, Time, wordFor } from './stripe-field.js';

const STATUS = { draft: 'draft', open: 'open', paid: 'paid', uncollectible: 'uncollectible', void: 'void' } as const;
export type InvoiceStatus = keyof typeof STATUS;

/** Why an attempt to collect failed. */
export type NormalisedFailure = {
  /** Stripe's word: `card_declined`. */
  code: string | null;
  /** The bank's: `insufficient_funds`. */
  declineCode: string | null;
  /** When it was attempted. */
  at: string | null;
};

export type NormalisedInvoice = {
  invoiceId: string;
  customerId: string | null;
  subscriptionId: string | null;
  number: string | null;
  status: InvoiceStatus;
  billingReason: string | null;
  /** Minor units, all of them. */
  amountDue: number;
  amountPaid: number;
  amountRemaining: number;
  total: number;
  currency: string;
  attemptCount: number;
  nextPaymentAttemptAt: string | null;
  /** Null where nothing failed, or was paid since; and in an event, which does not say. */
  lastFailure: NormalisedFailure | null;
  periodStartAt: string | null;
  periodEndAt: string | null;
  dueAt: string | null;
  finalizedAt: string | null;
  paidAt: string | null;
  voidedAt: string | null;
  hostedUrl: string | null;
  testClockId: string | null;
  createdAt: string | null;
  metadata: Record<string, string>;
};

const Charge = z.object({
  created: Time.nullish(),
  failure_code: Text.nullish(),
  outcome: z.object({ reason: Text.nullish() }).nullish(),
});

const Invoice = z.object({
  object: z.literal('invoice'),
  id: Text,
  customer: IdOf.nullish(),
  /** Until 2025-03-31.basil; then within `parent`. */
  subscription: IdOf.nullish(),
  parent: z.object({ subscription_details: z.object({ subscription: IdOf.nullish() }).nullish() }).nullish(),
  number: Text.nullish(),
  status: z.string().nullish(),
  /** Of the years before `status`. */
  paid: z.boolean().nullish(),
  closed: z.boolean().nullish(),
  forgiven: z.boolean().nullish(),
  billing_reason: Text.nullish(),
  amount_due: z.int(),
  amount_paid: z.int().nullish(),
  amount_remaining: z.int().nullish(),
  total: z.int(),
  currency: Currency,
  attempt_count: z.int().nullish(),
  attempted: z.boolean().nullish(),
  next_payment_attempt: Time.nullish(),
  period_start: Time.nullish(),
  period_end: Time.nullish(),
  due_date: Time.nullish(),
  status_transitions: z.object({ finalized_at: Time.nullish(), paid_at: Time.nullish(), voided_at: Time.nullish() }).nullish(),
  hosted_invoice_url: Text.nullish(),
  test_clock: IdOf.nullish(),
  created: Time.nullish(),
  date: Time.nullish(),
  metadata: OwnMetadata.nullish(),
  /** Laid beside the invoice by whoever fetched it (`withLastCharge`). */
  last_charge: Charge.nullish(),
});
type Invoice = z.output<typeof Invoice>;

/** One Stripe invoice in our words, the same for every API version. Throws UnreadableStripeObject, UnknownStripeValue. */
export function fromStripeInvoice(object: unknown): NormalisedInvoice {
  const invoice = readStripeObject('invoice', Invoice, object);
  const status = statusOf(invoice);
  const amountPaid = invoice.amount_paid ?? (status === 'paid' ? invoice.amount_due : 0);
  return {
    invoiceId: invoice.id,
    customerId: invoice.customer ?? null,
    subscriptionId: invoice.parent?.subscription_details?.subscription ?? invoice.subscription ?? null,
    number: invoice.number ?? null,
    status,
    billingReason: invoice.billing_reason ?? null,
    amountDue: invoice.amount_due,
    amountPaid,
    amountRemaining: invoice.amount_remaining ?? invoice.amount_due - amountPaid,
    total: invoice.total,
    currency: invoice.currency,
    attemptCount: invoice.attempt_count ?? 0,
    nextPaymentAttemptAt: invoice.next_payment_attempt ?? null,
    lastFailure: failureOf(invoice, status),
    periodStartAt: invoice.period_start ?? null,
    periodEndAt: invoice.period_end ?? null,
    dueAt: invoice.due_date ?? null,
    finalizedAt: invoice.status_transitions?.finalized_at ?? null,
    paidAt: invoice.status_transitions?.paid_at ?? null,
    voidedAt: invoice.status_transitions?.voided_at ?? null,
    hostedUrl: invoice.hosted_invoice_url ?? null,
    testClockId: invoice.test_clock ?? null,
    createdAt: invoice.created ?? invoice.date ?? null,
    metadata: invoice.metadata ?? {},
  };
}

/**
 * Whether an event's invoice says all that is kept of one. An open invoice that was attempted has failed, and why stands on its charge,
 * which no event carries: it is looked up.
 */
export function isWholeStripeInvoice(object: unknown): boolean {
  const reading = Invoice.safeParse(object);
  if (!reading.success) return true;
  const { status, attempted, attempt_count: attempts, last_charge: charge } = reading.data;
  return charge !== undefined || status !== 'open' || attempted !== true || (attempts ?? 0) === 0;
}

/** A fetched invoice with the charge that was last tried for it; null: none was. */
export function withLastCharge(invoice: object, charge: object | null): object {
  return { ...invoice, last_charge: charge };
}

function statusOf(invoice: Invoice): InvoiceStatus {
  if (invoice.status) return wordFor(STATUS, 'invoice.status', invoice.status);
  if (invoice.paid === true) return 'paid';
  if (invoice.forgiven === true) return 'uncollectible';
  return invoice.closed === true ? 'void' : 'open';
}

function failureOf({ last_charge: charge }: Invoice, status: InvoiceStatus): NormalisedFailure | null {
  if (status !== 'open' || !charge || !charge.failure_code) return null;
  const declineCode = charge.outcome?.reason ?? null;
  return { code: charge.failure_code, declineCode, at: charge.created ?? null };
}
