import type { StripeChange } from './convergence.rules.js';
import type { JsonObject } from './json.js';
import { fromStripePrice, type NormalisedPrice } from './price.mapping.js';
import { previousOfStripeObject } from './previous.mapping.js';
import { fromStripeProduct, type NormalisedProduct } from './product.mapping.js';
import { changeOf, type StripeHint } from './stripe-change.mapping.js';

export function isAboutProduct(eventType: string): boolean {
  return eventType.startsWith('product.');
}

export function isAboutPrice(eventType: string): boolean {
  return eventType.startsWith('price.');
}

/** A hint about a product as the rules take it. */
export function fromProductHint(hint: StripeHint): StripeChange<NormalisedProduct> {
  return changeOfKind(fromStripeProduct, hint, 'product.deleted');
}

/** A hint about a price as the rules take it. */
export function fromPriceHint(hint: StripeHint): StripeChange<NormalisedPrice> {
  return changeOfKind(fromStripePrice, hint, 'price.deleted');
}

/** A deleted one has no last state of interest: what was known of it stays. */
function changeOfKind<P extends JsonObject>(read: (object: unknown) => P, hint: StripeHint, deletion: string): StripeChange<P> {
  const isDeleted = hint.type === deletion;
  const { object, previousAttributes } = hint;
  return changeOf(hint, isDeleted, () => {
    if (object === null || isDeleted) return null;
    const payload = read(object);
    return { payload, previous: previousAttributes && previousOfStripeObject(read, object, previousAttributes, payload), complete: true };
  });
}
