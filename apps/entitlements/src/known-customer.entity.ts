import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ENVIRONMENTS } from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';

/** What is heard of a customer and decides about access: neither its name nor its address. */
export const KnownCustomer = defineEntity({
  name: 'KnownCustomer',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    id: p.text().primary(),
    externalId: p.text().strictNullable(),
    clockId: p.text().strictNullable(),
    deletedAt: p.datetime().strictNullable(),
    versionEpoch: p.bigint('number'),
    versionN: p.bigint('number'),
    revision: p.integer().version(),
  },
  ...ownRowsOnly,
});
export type KnownCustomer = InferEntity<typeof KnownCustomer>;
