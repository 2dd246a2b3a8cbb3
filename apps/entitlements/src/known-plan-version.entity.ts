import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ENVIRONMENTS } from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';
import type { PlanVersionFacts } from './features.rules.js';

/** What is heard of a plan version: what it grants, how long it is patient, and which prices at Stripe are its own. */
export const KnownPlanVersion = defineEntity({
  name: 'KnownPlanVersion',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    id: p.text().primary(),
    /** Its set is everybody's: there is no price that leads to it. */
    isFree: p.boolean(),
    /** `<connection>/<Stripe's price>`, as subscriptions name theirs. */
    prices: p.array(),
    facts: p.json<PlanVersionFacts>(),
    versionEpoch: p.bigint('number'),
    versionN: p.bigint('number'),
    revision: p.integer().version(),
  },
  ...ownRowsOnly,
});
export type KnownPlanVersion = InferEntity<typeof KnownPlanVersion>;
