import { z } from 'zod';
import { OwnMetadata, readStripeObject, Text } from './stripe-field.js';

export type NormalisedProduct = {
  productId: string;
  name: string;
  isActive: boolean;
  metadata: Record<string, string>;
};

const Product = z.object({
  object: z.literal('product'),
  id: Text,
  name: Text.nullish(),
  /** Absent in the first years, when a product could not be archived. */
  active: z.boolean().nullish(),
  metadata: OwnMetadata.nullish(),
});

/** One Stripe product in our words, the same for every API version. Throws UnreadableStripeObject. */
export function fromStripeProduct(object: unknown): NormalisedProduct {
  const product = readStripeObject('product', Product, object);
  return { productId: product.id, name: product.name ?? '', isActive: product.active ?? true, metadata: product.metadata ?? {} };
}
