import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { type AccessPolicy, ENVIRONMENTS, type FeatureGrant } from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';

export const PLAN_VERSION_STATUSES = ['draft', 'published', 'archived'] as const;

/** What a subscriber of a plan was promised. Never deleted, and not changed once published: who has it keeps it. */
export const PlanVersion = defineEntity({
  name: 'PlanVersion',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    /** Ours: `pv_` and a UUIDv7. */
    id: p.text().primary(),
    planId: p.text(),
    productId: p.text(),
    /** 1, 2, 3 … of its plan. */
    number: p.integer(),
    status: p.enum(PLAN_VERSION_STATUSES),
    /** Whether this is what new subscribers get. One of a plan at most. */
    isCurrent: p.boolean(),
    /** In the order of their keys. */
    features: p.json<FeatureGrant[]>(),
    accessPolicy: p.json<AccessPolicy>(),
    trialDays: p.integer().strictNullable(),
    publishedAt: p.datetime().strictNullable(),
    archivedAt: p.datetime().strictNullable(),
    versionEpoch: p.bigint('number'),
    versionN: p.bigint('number'),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    revision: p.integer().version(),
  },
  uniques: [{ name: 'plan_version_number', properties: ['organization', 'environment', 'planId', 'number'] }],
  ...ownRowsOnly,
});
export type PlanVersion = InferEntity<typeof PlanVersion>;
