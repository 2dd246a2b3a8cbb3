import type { StripeChange } from './convergence.rules.js';
import { fromStripeInvoice, isWholeStripeInvoice, type NormalisedInvoice } from './invoice.mapping.js';
import { fromStripePaymentIntent, type NormalisedPayment } from './payment-intent.mapping.js';
import { previousOfStripeObject } from './previous.mapping.js';
import { changeOf, type StripeHint } from './stripe-change.mapping.js';

/** `invoice.upcoming` tells of one that does not exist yet; all others carry the invoice. */
export function isAboutInvoice(eventType: string): boolean {
  return eventType.startsWith('invoice.') && eventType !== 'invoice.upcoming';
}

export function isAboutPaymentIntent(eventType: string): boolean {
  return eventType.startsWith('payment_intent.');
}

/** A hint about an invoice as the rules take it. A deleted draft has no last state of interest. */
export function fromInvoiceHint(hint: StripeHint): StripeChange<NormalisedInvoice> {
  const isDeleted = hint.type === 'invoice.deleted';
  const { object, previousAttributes } = hint;
  return changeOf(hint, isDeleted, () => {
    if (object === null || isDeleted) return null;
    const payload = fromStripeInvoice(object);
    const previous = previousAttributes && previousOfStripeObject(fromStripeInvoice, object, previousAttributes, payload);
    return { payload, previous, complete: isWholeStripeInvoice(object) };
  });
}

/** A hint about a payment intent as the rules take it. */
export function fromPaymentIntentHint(hint: StripeHint): StripeChange<NormalisedPayment> {
  const { object, previousAttributes } = hint;
  return changeOf(hint, false, () => {
    if (object === null) return null;
    const payload = fromStripePaymentIntent(object);
    const previous = previousAttributes && previousOfStripeObject(fromStripePaymentIntent, object, previousAttributes, payload);
    return { payload, previous, complete: true };
  });
}
