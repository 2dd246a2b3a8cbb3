import type { InvoiceChanged } from '@turnpike/contracts-events';
import type { InvoiceResponse } from '@turnpike/contracts-http';
import { type Sight, shownOf, standingOf } from '@turnpike/mirror';
import type { NormalisedInvoice } from '@turnpike/stripe';
import type { Invoice, LastFailure } from './invoice.entity.js';

/** What is shown of an invoice; null while nothing of it could be read. */
export function fromInvoiceSight({ known, deletedAt }: Sight<NormalisedInvoice>) {
  const shown = shownOf(known);
  if (shown === null) return null;
  const { payload } = shown;
  const { standing, reasons } = standingOf(known);
  return {
    stripeCustomerId: payload.customerId,
    stripeSubscriptionId: payload.subscriptionId,
    number: payload.number,
    status: payload.status,
    billingReason: payload.billingReason,
    amountDue: payload.amountDue,
    amountPaid: payload.amountPaid,
    amountRemaining: payload.amountRemaining,
    total: payload.total,
    currency: payload.currency,
    attemptCount: payload.attemptCount,
    nextPaymentAttemptAt: timeOf(payload.nextPaymentAttemptAt),
    lastFailure: failureOf(payload),
    periodStartsAt: timeOf(payload.periodStartAt),
    periodEndsAt: timeOf(payload.periodEndAt),
    dueAt: timeOf(payload.dueAt),
    finalizedAt: timeOf(payload.finalizedAt),
    paidAt: timeOf(payload.paidAt),
    voidedAt: timeOf(payload.voidedAt),
    hostedUrl: payload.hostedUrl,
    clockId: payload.testClockId,
    standing,
    standingReasons: reasons,
    deletedAt,
  };
}

export function toInvoiceChanged(invoice: Invoice): InvoiceChanged {
  const { connectionId, stripeId, stripeCustomerId, stripeSubscriptionId, number, status, billingReason } = invoice;
  const { amountDue, amountPaid, amountRemaining, total, currency, attemptCount, lastFailure, hostedUrl, clockId, standing } = invoice;
  return {
    invoiceId: invoice.id,
    ...{ connectionId, stripeId, stripeCustomerId, stripeSubscriptionId, number, status, billingReason },
    ...{ amountDue, amountPaid, amountRemaining, total, currency, attemptCount },
    nextPaymentAttemptAt: instantOf(invoice.nextPaymentAttemptAt),
    lastFailure,
    periodStartsAt: instantOf(invoice.periodStartsAt),
    periodEndsAt: instantOf(invoice.periodEndsAt),
    dueAt: instantOf(invoice.dueAt),
    finalizedAt: instantOf(invoice.finalizedAt),
    paidAt: instantOf(invoice.paidAt),
    voidedAt: instantOf(invoice.voidedAt),
    ...{ hostedUrl, clockId, standing },
    deletedAt: instantOf(invoice.deletedAt),
    version: { epoch: invoice.versionEpoch, n: invoice.versionN },
  };
}

export function toInvoiceResponse(invoice: Invoice): InvoiceResponse {
  const { invoiceId, standing, ...told } = toInvoiceChanged(invoice);
  return {
    id: invoiceId,
    ...told,
    standing: { state: standing, reasons: invoice.standingReasons, since: instantOf(invoice.standingSince) },
    createdAt: invoice.createdAt.toISOString(),
    updatedAt: invoice.updatedAt.toISOString(),
  };
}

/** An attempt whose time nobody says was made, at the latest, when the invoice was finalised. */
function failureOf({ lastFailure, finalizedAt, createdAt }: NormalisedInvoice): LastFailure | null {
  if (lastFailure === null) return null;
  const at = lastFailure.at ?? finalizedAt ?? createdAt;
  return at === null ? null : { code: lastFailure.code, declineCode: lastFailure.declineCode, at };
}

function timeOf(instant: string | null): Date | null {
  return instant === null ? null : new Date(instant);
}

function instantOf(time: Date | null): string | null {
  return time?.toISOString() ?? null;
}
