import { z } from 'zod';
import { Currency, DecimalText, IdOf, OwnMetadata, readStripeObject, Text, wordFor } from './stripe-field.js';

const INTERVAL = { day: 'day', week: 'week', month: 'month', year: 'year' } as const;

export type NormalisedPrice = {
  priceId: string;
  productId: string;
  isActive: boolean;
  currency: string;
  /** Minor units; null where the price has tiers, or a fraction of a minor unit. */
  unitAmount: number | null;
  /** The same with up to twelve places; null where it has tiers. */
  unitAmountDecimal: string | null;
  /** Null for what is paid once. */
  recurring: { interval: keyof typeof INTERVAL; intervalCount: number } | null;
  metadata: Record<string, string>;
};

const Price = z.object({
  object: z.literal('price'),
  id: Text,
  product: IdOf,
  active: z.boolean(),
  currency: Currency,
  unit_amount: z.int().nullish(),
  unit_amount_decimal: DecimalText.nullish(),
  recurring: z.object({ interval: z.string(), interval_count: z.int().nullish() }).nullish(),
  metadata: OwnMetadata.nullish(),
});

/** One Stripe price in our words, the same for every API version. Throws UnreadableStripeObject, UnknownStripeValue. */
export function fromStripePrice(object: unknown): NormalisedPrice {
  const price = readStripeObject('price', Price, object);
  const { recurring } = price;
  return {
    priceId: price.id,
    productId: price.product,
    isActive: price.active,
    currency: price.currency,
    unitAmount: price.unit_amount ?? null,
    unitAmountDecimal: price.unit_amount_decimal ?? price.unit_amount?.toString() ?? null,
    recurring: recurring
      ? { interval: wordFor(INTERVAL, 'price.recurring.interval', recurring.interval), intervalCount: recurring.interval_count ?? 1 }
      : null,
    metadata: price.metadata ?? {},
  };
}
