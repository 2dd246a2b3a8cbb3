import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ENVIRONMENTS } from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';

export const INTERVALS = ['day', 'week', 'month', 'year'] as const;

/** One price of a plan version. Never changed: another price is another version's (requirement G9). */
export const Price = defineEntity({
  name: 'Price',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    /** Ours: `pc_` and a UUIDv7. */
    id: p.text().primary(),
    planVersionId: p.text(),
    planId: p.text(),
    /** Minor units. */
    amount: p.bigint('number'),
    /** ISO 4217 in lower case. */
    currency: p.text(),
    interval: p.enum(INTERVALS),
    intervalCount: p.integer(),
    createdAt: p.datetime(),
    revision: p.integer().version(),
  },
  indexes: [{ name: 'price_by_plan', properties: ['organization', 'environment', 'planId'] }],
  ...ownRowsOnly,
});
export type Price = InferEntity<typeof Price>;
