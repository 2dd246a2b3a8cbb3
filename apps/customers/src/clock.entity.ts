import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ENVIRONMENTS } from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';

/** A Stripe test clock: what "now" is for every customer on it (architecture rule 14). */
export const Clock = defineEntity({
  name: 'Clock',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    /** Stripe's `clock_…`, as customers and subscriptions name it. */
    id: p.text().primary(),
    connectionId: p.text(),
    /** The moment that it has reached. */
    frozenAt: p.datetime(),
    versionEpoch: p.bigint('number'),
    versionN: p.bigint('number'),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    deletedAt: p.datetime().strictNullable(),
    revision: p.integer().version(),
  },
  ...ownRowsOnly,
});
export type Clock = InferEntity<typeof Clock>;
