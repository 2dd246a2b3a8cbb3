import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { AccessLevel, type AccessMove, type AccessStretch, ENVIRONMENTS } from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';

/**
 * What a customer may use, as it was told last: one row for the customer as a whole, and one for each of its workspaces. Replicas load it
 * before they answer. Never deleted.
 */
export const Access = defineEntity({
  name: 'Access',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    /** The message's key: `<customer>`, or `<customer>/<workspace>`. */
    id: p.text().primary(),
    customerId: p.text(),
    externalId: p.text().strictNullable(),
    workspaceId: p.text().strictNullable(),
    workspaceExternalId: p.text().strictNullable(),
    billingMemberIds: p.json<string[]>(),
    memberIds: p.json<string[]>(),
    stretches: p.json<AccessStretch[]>(),
    clockId: p.text().strictNullable(),
    clockAt: p.datetime().strictNullable(),
    /** Where access stood when it was last looked at: what the next move is counted from. */
    level: p.enum(AccessLevel.options),
    hasHadAccess: p.boolean(),
    move: p.json<AccessMove | null>().strictNullable(),
    /** When the clock alone will change it; null: never, or on a test clock, which tells. */
    nextChangeAt: p.datetime().strictNullable(),
    deletedAt: p.datetime().strictNullable(),
    versionEpoch: p.bigint('number'),
    versionN: p.bigint('number'),
    updatedAt: p.datetime(),
    revision: p.integer().version(),
  },
  indexes: [
    { name: 'access_by_customer', properties: ['organization', 'environment', 'customerId'] },
    { name: 'access_by_clock', properties: ['organization', 'environment', 'clockId'] },
  ],
  ...ownRowsOnly,
});
export type Access = InferEntity<typeof Access>;
