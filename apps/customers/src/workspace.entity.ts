import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ENVIRONMENTS, type WorkspaceMember } from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';

/** A customer's workspace and who works in it. */
export const Workspace = defineEntity({
  name: 'Workspace',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    /** Ours: `wksp_` and a UUIDv7. */
    id: p.text().primary(),
    customerId: p.text(),
    /** The caller's own id: no other workspace of the customer has it. */
    externalId: p.text().strictNullable(),
    name: p.text().strictNullable(),
    /** In the order of their coming; at least one owner among them. */
    members: p.json<WorkspaceMember[]>(),
    enabledUsageFeatures: p.json<string[]>(),
    versionEpoch: p.bigint('number'),
    versionN: p.bigint('number'),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    revision: p.integer().version(),
  },
  indexes: [{ name: 'workspace_by_customer', properties: ['organization', 'environment', 'customerId'] }],
  ...ownRowsOnly,
});
export type Workspace = InferEntity<typeof Workspace>;
