import { asFetched, type MirroredKind } from '@turnpike/mirror';
import {
  fromPriceHint,
  fromProductHint,
  fromStripePrice,
  fromStripeProduct,
  isAboutPrice,
  isAboutProduct,
  type JsonObject,
  type NormalisedPrice,
  type NormalisedProduct,
} from '@turnpike/stripe';

/** How a kind of Stripe's objects is read and fetched; what follows from it stands in `SightsService`. */
export type Reading<P extends JsonObject> = Omit<MirroredKind<P>, 'show'>;

export const PRODUCTS: Reading<NormalisedProduct> = {
  type: 'product',
  // Merchants may choose the ids of products.
  idPrefix: null,
  hears: isAboutProduct,
  normalise: fromProductHint,
  fetch: async (stripe, id) => asFetched(await stripe.products.retrieve(id)),
  read: fromStripeProduct,
  walk: { list: (stripe, { test_clock: _, ...page }) => stripe.products.list(page), takesCreated: true },
};

export const PRICES: Reading<NormalisedPrice> = {
  type: 'price',
  idPrefix: 'price_',
  hears: isAboutPrice,
  normalise: fromPriceHint,
  fetch: async (stripe, id) => asFetched(await stripe.prices.retrieve(id)),
  read: fromStripePrice,
  walk: { list: (stripe, { test_clock: _, ...page }) => stripe.prices.list(page), takesCreated: true },
};
