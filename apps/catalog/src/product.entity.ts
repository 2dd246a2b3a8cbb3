import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ENVIRONMENTS } from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';

/** Something that is sold in plans. */
export const Product = defineEntity({
  name: 'Product',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    /** Ours: `pr_` and a UUIDv7. */
    id: p.text().primary(),
    /** The caller's word. */
    key: p.text(),
    name: p.text(),
    /** The key of its plan that everybody has who has no other. */
    freePlanKey: p.text().strictNullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    revision: p.integer().version(),
  },
  uniques: [{ name: 'product_key', properties: ['organization', 'environment', 'key'] }],
  ...ownRowsOnly,
});
export type Product = InferEntity<typeof Product>;
