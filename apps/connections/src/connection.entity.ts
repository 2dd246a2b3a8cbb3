import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ConnectionStatus, ENVIRONMENTS, IngestMode } from '@turnpike/contracts-events';
import { ConnectionProfile } from '@turnpike/contracts-http';
import { ownRowsOnly } from '@turnpike/service';
import type { Check } from './checks.rules.js';

/** A change of keys that has not taken effect: being proved, or refused. */
export interface KeyChange {
  readonly state: 'pending' | 'refused';
  readonly code: string | null;
  readonly message: string | null;
  /** ISO, UTC. */
  readonly at: string;
}

/**
 * One Stripe account in one mode, for ever (architecture rule 8). It holds no secret; those stand in `connection_secret`. Its row stays
 * when it is removed: what was learned through it hangs on its id.
 */
export const Connection = defineEntity({
  name: 'Connection',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    /** `con_` and a UUIDv7, or what the declared file calls it. Part of its webhook address. */
    id: p.text().primary(),
    name: p.text().strictNullable(),
    profile: p.enum(ConnectionProfile.options),
    status: p.enum(ConnectionStatus.options),
    statusReason: p.text().strictNullable(),
    checks: p.json<Check[]>(),
    checkedAt: p.datetime().strictNullable(),
    stripeAccountId: p.text().strictNullable(),
    accountName: p.text().strictNullable(),
    country: p.text().strictNullable(),
    defaultCurrency: p.text().strictNullable(),
    publishableLast4: p.text().strictNullable(),
    secretLast4: p.text().strictNullable(),
    keyKind: p.enum(['secret', 'restricted'] as const).strictNullable(),
    keyChange: p.json<KeyChange>().strictNullable(),
    ingestMode: p.enum(IngestMode.options),
    /** Stripe's `we_…` of the endpoint whose secret is the newest. */
    webhookEndpointId: p.text().strictNullable(),
    /** Rises with every change of a secret. */
    secretsVersion: p.integer(),
    isDeclared: p.boolean(),
    verifiedAt: p.datetime().strictNullable(),
    removingAt: p.datetime().strictNullable(),
    removedAt: p.datetime().strictNullable(),
    versionEpoch: p.bigint('number'),
    versionN: p.bigint('number'),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    // The ORM's own: an update of no row throws (road 9.1).
    revision: p.integer().version(),
  },
  uniques: [
    { name: 'connection_address', properties: ['id'] },
    { name: 'connection_account', properties: ['organization', 'environment', 'stripeAccountId'], where: 'removed_at is null' },
  ],
  ...ownRowsOnly,
});
export type Connection = InferEntity<typeof Connection>;
