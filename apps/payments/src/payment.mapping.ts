import type { PaymentChanged } from '@turnpike/contracts-events';
import type { PaymentResponse } from '@turnpike/contracts-http';
import { type Sight, shownOf, standingOf } from '@turnpike/mirror';
import type { NormalisedPayment } from '@turnpike/stripe';
import type { Payment } from './payment.entity.js';

/** What is shown of a payment; null while nothing of it could be read. */
export function fromPaymentSight({ known, deletedAt }: Sight<NormalisedPayment>) {
  const shown = shownOf(known);
  if (shown === null) return null;
  const { customerId, invoiceId, status, amount, amountReceived, currency, failure, createdAt } = shown.payload;
  const { standing, reasons } = standingOf(known);
  return {
    stripeCustomerId: customerId,
    stripeInvoiceId: invoiceId,
    ...{ status, amount, amountReceived, currency, failure },
    beganAt: new Date(createdAt),
    standing,
    standingReasons: reasons,
    deletedAt,
  };
}

export function toPaymentChanged(payment: Payment): PaymentChanged {
  const { connectionId, stripeId, stripeCustomerId, stripeInvoiceId, status, amount, amountReceived, currency, failure, standing } =
    payment;
  return {
    paymentId: payment.id,
    ...{ connectionId, stripeId, stripeCustomerId, stripeInvoiceId, status, amount, amountReceived, currency, failure },
    createdAt: payment.beganAt.toISOString(),
    standing,
    deletedAt: payment.deletedAt?.toISOString() ?? null,
    version: { epoch: payment.versionEpoch, n: payment.versionN },
  };
}

export function toPaymentResponse(payment: Payment): PaymentResponse {
  const { paymentId, standing, createdAt: beganAt, ...told } = toPaymentChanged(payment);
  return {
    id: paymentId,
    ...told,
    beganAt,
    standing: { state: standing, reasons: payment.standingReasons, since: payment.standingSince?.toISOString() ?? null },
    createdAt: payment.createdAt.toISOString(),
    updatedAt: payment.updatedAt.toISOString(),
  };
}
