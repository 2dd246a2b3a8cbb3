import type { Customer } from '../resources/customers.js';
import type { State } from '../state.js';
import { DAY } from './calendar.js';
import type { BillingReason, Invoice, InvoiceItem, InvoiceLine, Period } from './invoice.js';
import { lineOfWaiting } from './lines.js';
import type { CollectionMethod, Subscription } from './subscription.js';
import type { Transition } from './transition.js';

export interface Draft {
  readonly customer: Customer;
  readonly subscription: Subscription | null;
  readonly reason: BillingReason;
  readonly currency: string;
  readonly collectionMethod: CollectionMethod;
  readonly daysUntilDue: number | null;
  /** What the invoice is about: the period that ended, or the moment of a first or changed one. */
  readonly period: Period;
  /** false: nothing happens to it by itself. */
  readonly autoAdvance: boolean;
  /** When it is finalized by itself; null: not by time. */
  readonly finalizesAt: number | null;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly description?: string | null;
  readonly defaultPaymentMethod?: string | null;
  /** The lines, once the invoice has an id. */
  lines(invoice: string): readonly InvoiceLine[];
  /** Waiting items that this invoice takes up, after its own lines. */
  readonly waiting: readonly InvoiceItem[];
}

/** A new draft, told as `invoice.created`. */
export function draftInvoice(t: Transition, draft: Draft): Invoice {
  const id = t.state.newId('in');
  const lines = [...draft.waiting.map((item) => lineOfWaiting(t.state, id, item)), ...draft.lines(id)];
  for (const item of draft.waiting) t.keep({ ...item, invoice: id });
  return t.make('invoice.created', withTotals(newInvoice(t.state, id, draft, t.at), lines, draft.customer.balance));
}

/** The amounts follow from the lines and from what the customer has to their credit (negative) or owes (positive) already. */
export function withTotals(invoice: Invoice, lines: readonly InvoiceLine[], balance: number): Invoice {
  const total = lines.reduce((sum, line) => sum + line.amount, 0);
  const due = Math.max(0, total + balance);
  return {
    ...invoice,
    amount_due: due,
    amount_remaining: due,
    lines: { ...invoice.lines, data: lines, total_count: lines.length },
    starting_balance: balance,
    subtotal: total,
    subtotal_excluding_tax: total,
    total,
    total_excluding_tax: total,
  };
}

/** Items of the customer that no invoice took up yet: those of the subscription, or those of none. */
export function waitingItems(state: State, customer: string, subscription: string | null): readonly InvoiceItem[] {
  return state
    .list('invoiceitem')
    .filter(
      (item) =>
        item.invoice === null && item.customer === customer && (item.parent?.subscription_details.subscription ?? null) === subscription,
    );
}

function newInvoice(state: State, id: string, draft: Draft, at: number): Invoice {
  const { customer, subscription } = draft;
  return {
    id,
    object: 'invoice',
    account_country: state.settings.country,
    account_name: state.settings.businessName,
    account_tax_ids: null,
    amount_due: 0,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_remaining: 0,
    amount_shipping: 0,
    application: null,
    attempt_count: 0,
    attempted: false,
    auto_advance: draft.autoAdvance,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    automatically_finalizes_at: draft.finalizesAt,
    billing_reason: draft.reason,
    collection_method: draft.collectionMethod,
    created: at,
    currency: draft.currency,
    custom_fields: null,
    customer: customer.id,
    customer_account: null,
    customer_address: customer.address ?? null,
    customer_email: customer.email ?? null,
    customer_name: customer.name ?? null,
    customer_phone: customer.phone ?? null,
    customer_shipping: customer.shipping ?? null,
    customer_tax_exempt: customer.tax_exempt ?? 'none',
    customer_tax_ids: [],
    default_payment_method: draft.defaultPaymentMethod ?? null,
    default_source: null,
    default_tax_rates: [],
    description: draft.description ?? null,
    discounts: [],
    due_date: draft.daysUntilDue === null ? null : at + draft.daysUntilDue * DAY,
    effective_at: null,
    ending_balance: null,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: 'self' },
    last_finalization_error: null,
    latest_revision: null,
    lines: { object: 'list', data: [], has_more: false, total_count: 0, url: `/v1/invoices/${id}/lines` },
    livemode: false,
    metadata: draft.metadata ?? {},
    next_payment_attempt: null,
    number: null,
    on_behalf_of: null,
    parent:
      subscription === null
        ? null
        : {
            quote_details: null,
            subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
            type: 'subscription_details',
          },
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: draft.period.end,
    period_start: draft.period.start,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: 0,
    statement_descriptor: null,
    status: 'draft',
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal: 0,
    subtotal_excluding_tax: 0,
    test_clock: customer.test_clock ?? null,
    total: 0,
    total_discount_amounts: [],
    total_excluding_tax: 0,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: at,
  };
}
