import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ENVIRONMENTS } from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';

/** A Stripe test clock and where it stands (architecture rule 14). */
export const KnownClock = defineEntity({
  name: 'KnownClock',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    /** Stripe's `clock_…`. */
    id: p.text().primary(),
    frozenAt: p.datetime(),
    versionEpoch: p.bigint('number'),
    versionN: p.bigint('number'),
    revision: p.integer().version(),
  },
  ...ownRowsOnly,
});
export type KnownClock = InferEntity<typeof KnownClock>;
