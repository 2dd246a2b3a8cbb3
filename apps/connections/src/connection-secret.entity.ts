import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ENVIRONMENTS } from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';

/** `next_…`: given by a change of keys, and not proved yet. */
export const SECRET_KINDS = ['secret_key', 'publishable_key', 'next_secret_key', 'next_publishable_key', 'webhook_secret'] as const;
export type SecretKind = (typeof SECRET_KINDS)[number];

/** One secret of one connection, encrypted. Deleted, not marked: what is gone cannot be told. */
export const ConnectionSecret = defineEntity({
  name: 'ConnectionSecret',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    /** `sec_` and a UUIDv7: the newest sorts last. */
    id: p.text().primary(),
    connectionId: p.text(),
    kind: p.enum(SECRET_KINDS),
    /** Our endpoint that it signs for; null for keys and for what was declared. */
    endpointId: p.text().strictNullable(),
    /** Which data key it is sealed with. */
    keyVersion: p.integer(),
    sealed: p.blob(),
    createdAt: p.datetime(),
    revision: p.integer().version(),
  },
  indexes: [{ name: 'connection_secret_by_connection', properties: ['organization', 'environment', 'connectionId'] }],
  ...ownRowsOnly,
});
export type ConnectionSecret = InferEntity<typeof ConnectionSecret>;
