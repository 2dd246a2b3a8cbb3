import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ENVIRONMENTS } from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';

/** An organization as it stands in one of its environments: three rows each, also where an environment was never opened. Never deleted. */
export const Organization = defineEntity({
  name: 'Organization',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    /** The organization's id again: every row has one, and this row is the organization itself. */
    id: p.text().primary(),
    name: p.text(),
    dataResidency: p.text().strictNullable(),
    /** Whether the environment may be used. */
    isOpen: p.boolean(),
    createdAt: p.datetime(),
    versionEpoch: p.bigint('number'),
    versionN: p.bigint('number'),
    // The ORM's own: an update of no row throws (road 9.1).
    revision: p.integer().version(),
  },
  ...ownRowsOnly,
});
export type Organization = InferEntity<typeof Organization>;
