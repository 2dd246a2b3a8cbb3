import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ConnectionStatus, ENVIRONMENTS, IngestMode } from '@turnpike/contracts-events';
import { ownRowsAndInfrastructure } from '@turnpike/service';

/** A Stripe connection as `connections` told of it: whose it is, and how its events arrive. A listed infrastructure table, and no secret in it. */
export const KnownConnection = defineEntity({
  name: 'KnownConnection',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    id: p.text().primary(),
    status: p.enum(ConnectionStatus.options),
    livemode: p.boolean(),
    ingestMode: p.enum(IngestMode.options),
    secretsVersion: p.integer(),
    /** After webhooks have taken over it is polled for a while longer: what happened in between told no endpoint. */
    pollsUntil: p.datetime().nullable(),
    versionEpoch: p.bigint('number'),
    versionN: p.bigint('number'),
    revision: p.integer().version(),
  },
  indexes: [{ name: 'known_connection_by_id', properties: ['id'] }],
  ...ownRowsAndInfrastructure('gateway'),
});
export type KnownConnection = InferEntity<typeof KnownConnection>;
