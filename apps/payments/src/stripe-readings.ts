import { asFetched, type FetchedObject, type MirroredKind } from '@turnpike/mirror';
import {
  fromInvoiceHint,
  fromPaymentIntentHint,
  fromStripeInvoice,
  fromStripePaymentIntent,
  isAboutInvoice,
  isAboutPaymentIntent,
  isWholeStripeInvoice,
  type JsonObject,
  type NormalisedInvoice,
  type NormalisedPayment,
  withLastCharge,
} from '@turnpike/stripe';
import type Stripe from 'stripe';

/** How a kind of Stripe's objects is read and fetched; who shows it stands in the app's module. */
export type Reading<P extends JsonObject> = Omit<MirroredKind<P>, 'show' | 'prepare'>;

export const INVOICES: Reading<NormalisedInvoice> = {
  type: 'invoice',
  idPrefix: 'in_',
  hears: isAboutInvoice,
  normalise: fromInvoiceHint,
  fetch: fetchInvoice,
  read: fromStripeInvoice,
  clockOf: (invoice) => invoice.testClockId,
  walk: {
    list: (stripe, { test_clock: _, ...page }) => stripe.invoices.list(page),
    isWhole: isWholeStripeInvoice,
    takesCreated: true,
  },
};

export const PAYMENTS: Reading<NormalisedPayment> = {
  type: 'payment_intent',
  idPrefix: 'pi_',
  hears: isAboutPaymentIntent,
  normalise: fromPaymentIntentHint,
  fetch: async (stripe, id) => asFetched(await stripe.paymentIntents.retrieve(id)),
  read: fromStripePaymentIntent,
  walk: { list: (stripe, { test_clock: _, ...page }) => stripe.paymentIntents.list(page), takesCreated: true },
};

async function fetchInvoice(stripe: Stripe, id: string): Promise<FetchedObject> {
  const answer = await stripe.invoices.retrieve(id, { expand: ['payments'] });
  return { ...asFetched(answer), object: await withItsLastCharge(stripe, answer) };
}

/** Why an invoice could not be collected stands on the charge that was last tried, two objects away (since 2025-03-31.basil). */
async function withItsLastCharge(stripe: Stripe, invoice: Stripe.Invoice): Promise<object> {
  const paymentIntent = invoice.payments?.data.findLast(({ payment }) => payment.type === 'payment_intent')?.payment.payment_intent;
  const hasFailed = invoice.status === 'open' && invoice.attempt_count > 0;
  if (!hasFailed || !paymentIntent) return withLastCharge(invoice, null);
  const { latest_charge: charge } = await stripe.paymentIntents.retrieve(
    typeof paymentIntent === 'string' ? paymentIntent : paymentIntent.id,
    { expand: ['latest_charge'] },
  );
  return withLastCharge(invoice, typeof charge === 'string' ? null : charge);
}
