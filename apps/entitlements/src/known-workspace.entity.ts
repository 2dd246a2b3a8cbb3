import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ENVIRONMENTS, type WorkspaceMember } from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';

/** What is heard of a customer's workspace: who works in it, and who of them handles billing. */
export const KnownWorkspace = defineEntity({
  name: 'KnownWorkspace',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    id: p.text().primary(),
    customerId: p.text(),
    externalId: p.text().strictNullable(),
    members: p.json<WorkspaceMember[]>(),
    deletedAt: p.datetime().strictNullable(),
    versionEpoch: p.bigint('number'),
    versionN: p.bigint('number'),
    revision: p.integer().version(),
  },
  indexes: [{ name: 'known_workspace_by_customer', properties: ['organization', 'environment', 'customerId'] }],
  ...ownRowsOnly,
});
export type KnownWorkspace = InferEntity<typeof KnownWorkspace>;
