import type { StripeObject } from '../state.js';
import type { CollectionMethod, Metadata } from './subscription.js';

export type InvoiceStatus = 'draft' | 'open' | 'paid' | 'uncollectible' | 'void';
export type BillingReason = 'subscription_create' | 'subscription_cycle' | 'subscription_update' | 'manual';

/** An invoice as it is stored; what no rule here reads stays behind the index. */
export interface Invoice extends StripeObject {
  readonly object: 'invoice';
  readonly amount_due: number;
  readonly amount_paid: number;
  readonly amount_remaining: number;
  readonly attempt_count: number;
  readonly attempted: boolean;
  readonly auto_advance: boolean;
  readonly automatically_finalizes_at: number | null;
  readonly billing_reason: BillingReason;
  readonly collection_method: CollectionMethod;
  readonly created: number;
  readonly currency: string;
  readonly customer: string;
  readonly default_payment_method: string | null;
  readonly default_source: string | null;
  readonly due_date: number | null;
  readonly ending_balance: number | null;
  readonly lines: LineList;
  readonly metadata: Metadata;
  readonly next_payment_attempt: number | null;
  readonly number: string | null;
  readonly parent: InvoiceParent | null;
  readonly period_end: number;
  readonly period_start: number;
  readonly starting_balance: number;
  readonly status: InvoiceStatus;
  readonly status_transitions: StatusTransitions;
  readonly subtotal: number;
  readonly test_clock: string | null;
  readonly total: number;
}

export interface InvoiceParent {
  readonly quote_details: null;
  readonly subscription_details: { readonly metadata: Metadata; readonly subscription: string } | null;
  readonly type: 'subscription_details';
}

export interface StatusTransitions {
  readonly finalized_at: number | null;
  readonly marked_uncollectible_at: number | null;
  readonly paid_at: number | null;
  readonly voided_at: number | null;
}

export interface LineList {
  readonly object: 'list';
  readonly data: readonly InvoiceLine[];
  readonly has_more: boolean;
  readonly total_count: number;
  readonly url: string;
}

export interface InvoiceLine extends StripeObject {
  readonly object: 'line_item';
  readonly amount: number;
  readonly currency: string;
  readonly description: string | null;
  readonly period: Period;
  readonly quantity: number | null;
}

export interface Period {
  readonly start: number;
  readonly end: number;
}

/** Something to pay that waits for an invoice, or has found one. */
export interface InvoiceItem extends StripeObject {
  readonly object: 'invoiceitem';
  readonly amount: number;
  readonly currency: string;
  readonly customer: string;
  readonly date: number;
  readonly description: string | null;
  readonly invoice: string | null;
  readonly metadata: Metadata;
  readonly parent: InvoiceItemParent | null;
  readonly period: Period;
  readonly proration: boolean;
  readonly quantity: number;
  readonly test_clock: string | null;
}

export interface InvoiceItemParent {
  readonly subscription_details: { readonly subscription: string; readonly subscription_item: string | null };
  readonly type: 'subscription_details';
}

export interface InvoicePayment extends StripeObject {
  readonly object: 'invoice_payment';
  readonly amount_paid: number | null;
  readonly amount_requested: number;
  readonly created: number;
  readonly invoice: string;
  readonly payment: { readonly payment_intent: string; readonly type: 'payment_intent' };
  readonly status: 'open' | 'paid' | 'canceled';
  readonly status_transitions: { readonly canceled_at: number | null; readonly paid_at: number | null };
}

declare module '../state.js' {
  interface Kinds {
    invoice: Invoice;
    invoiceitem: InvoiceItem;
    invoice_payment: InvoicePayment;
  }
}

export function subscriptionIdOf(invoice: Invoice): string | null {
  return invoice.parent?.subscription_details?.subscription ?? null;
}
