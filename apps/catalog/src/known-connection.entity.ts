import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ConnectionStatus, ENVIRONMENTS } from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';

/** A connection as `connections` last told of it. */
export const KnownConnection = defineEntity({
  name: 'KnownConnection',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    id: p.text().primary(),
    status: p.enum(ConnectionStatus.options),
    stripeAccountId: p.text().strictNullable(),
    mayWrite: p.boolean(),
    versionEpoch: p.bigint('number'),
    versionN: p.bigint('number'),
    revision: p.integer().version(),
  },
  ...ownRowsOnly,
});
export type KnownConnection = InferEntity<typeof KnownConnection>;
