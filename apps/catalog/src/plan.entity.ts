import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ENVIRONMENTS } from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';

export const PRICING_TYPES = ['free', 'paid', 'custom'] as const;

/** One way to have a product. What it promises stands in its versions. */
export const Plan = defineEntity({
  name: 'Plan',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    /** Ours: `pl_` and a UUIDv7. */
    id: p.text().primary(),
    productId: p.text(),
    /** The caller's word, within the product. */
    key: p.text(),
    name: p.text(),
    /** For ever: who has a free plan must not find herself in a paid one. */
    pricingType: p.enum(PRICING_TYPES),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    revision: p.integer().version(),
  },
  uniques: [{ name: 'plan_key', properties: ['organization', 'environment', 'productId', 'key'] }],
  ...ownRowsOnly,
});
export type Plan = InferEntity<typeof Plan>;
