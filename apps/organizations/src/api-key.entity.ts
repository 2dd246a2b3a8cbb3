import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ENVIRONMENTS } from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';

/** An API key of one environment, by its hash: the key itself was shown once and is kept nowhere. Never deleted: a revoked one stays revoked. */
export const ApiKey = defineEntity({
  name: 'ApiKey',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    id: p.text().primary(),
    sha256: p.text(),
    /** Its first characters, to tell keys apart; empty for a declared one, of which only the hash is known. */
    prefix: p.text(),
    name: p.text().strictNullable(),
    /** The first key of those that replaced each other: itself where it replaces none. */
    lineageId: p.text(),
    replacesId: p.text().strictNullable(),
    /** Its hash stands in the declared file, which revokes it by leaving it out. */
    isDeclared: p.boolean(),
    createdAt: p.datetime(),
    expiresAt: p.datetime().strictNullable(),
    revokedAt: p.datetime().strictNullable(),
    versionEpoch: p.bigint('number'),
    versionN: p.bigint('number'),
    // The ORM's own: an update of no row throws (road 9.1).
    revision: p.integer().version(),
  },
  // Across organizations: a key opens one door, whoever claims its hash.
  uniques: [{ name: 'api_key_sha256', properties: ['sha256'] }],
  indexes: [{ name: 'api_key_by_lineage', properties: ['organization', 'environment', 'lineageId'] }],
  ...ownRowsOnly,
});
export type ApiKey = InferEntity<typeof ApiKey>;
