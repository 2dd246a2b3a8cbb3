import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ENVIRONMENTS } from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';

/** Where a Stripe test clock stands: "now" of every customer on it (architecture rule 14). */
export const KnownClock = defineEntity({
  name: 'KnownClock',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    id: p.text().primary(),
    frozenAt: p.datetime(),
    versionEpoch: p.bigint('number'),
    versionN: p.bigint('number'),
    revision: p.integer().version(),
  },
  ...ownRowsOnly,
});
export type KnownClock = InferEntity<typeof KnownClock>;
