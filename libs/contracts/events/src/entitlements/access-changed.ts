import { z } from 'zod';
import { FeatureGrant } from '../catalog/plan-version-changed.js';
import { type DataOf, defineTopic } from '../define-topic.js';
import { Id, Instant } from '../fields.js';
import { Version } from '../version.js';

/** How much of what was bought may be used. `free`: nothing bought is left, and the free plan's set is what there is. */
export const AccessLevel = z.enum(['full', 'core', 'free', 'none']);
export type AccessLevel = z.output<typeof AccessLevel>;

/** Where a grant comes from. */
export const AccessSource = z.object({
  kind: z.enum(['subscription', 'free-plan']),
  /** Our subscription, or null for the free plan. */
  subscriptionId: Id.nullable(),
  planVersionId: Id,
  planKey: z.string().min(1),
});
export type AccessSource = z.output<typeof AccessSource>;

/**
 * A stretch of the customer's time in which access does not change by itself. The stretches of one state follow each other without a hole;
 * the last has no end. So whoever keeps this state knows, with no further message, what is allowed when the clock has run on.
 */
export const AccessStretch = z.object({
  from: Instant.nullable(),
  until: Instant.nullable(),
  level: AccessLevel,
  /** A stable code: `active`, `trialing`, `past_due_in_grace`, `past_due`, `unpaid`, `canceled`, `no_subscription` … */
  reason: z.string().min(1),
  features: z.array(FeatureGrant),
  sources: z.array(AccessSource),
  /** What members who do not handle billing have, where that differs (requirement S15). */
  nonBilling: z
    .object({ level: AccessLevel, reason: z.string().min(1), features: z.array(FeatureGrant), sources: z.array(AccessSource) })
    .nullable(),
});
export type AccessStretch = z.output<typeof AccessStretch>;

/** What a person should be told about how access last changed. Moves by the clock are told when they are due. */
export const AccessMove = z.object({
  kind: z.enum(['granted', 'reduced', 'ended', 'reactivated']),
  from: AccessLevel,
  to: AccessLevel,
  reason: z.string().min(1),
  /** By the customer's clock. */
  at: Instant,
  /** The same for every telling of the same move: what a notification about it is keyed by. */
  cause: z.string().min(1),
});
export type AccessMove = z.output<typeof AccessMove>;

/** What a customer (in a workspace of it, where there are any) may use, now and as far ahead as is known. */
export const AccessChanged = defineTopic({
  name: 'entitlements.access.changed.v1',
  kind: 'state',
  burial: 'heals',
  key: (access) => (access.workspaceId === null ? access.customerId : `${access.customerId}/${access.workspaceId}`),
  order: (access) => access.customerId,
  data: z.object({
    customerId: Id,
    /** The id that our caller knows the customer by. */
    externalId: z.string().min(1).nullable(),
    workspaceId: Id.nullable(),
    workspaceExternalId: z.string().min(1).nullable(),
    /** Members who handle billing, by the caller's ids; others are `nonBilling` in a stretch. */
    billingMemberIds: z.array(z.string().min(1)),
    memberIds: z.array(z.string().min(1)),
    stretches: z.array(AccessStretch).min(1),
    /** The test clock whose time "now" is; null: everybody's. */
    clockId: Id.nullable(),
    /** Where that clock stands. Null without a clock, and while nothing of it was heard: then the state is dirty. */
    clockAt: Instant.nullable(),
    /** The last move, in this state's own words; null: there was none yet. */
    move: AccessMove.nullable(),
    deletedAt: Instant.nullable(),
    version: Version,
  }),
});
export type AccessChanged = DataOf<typeof AccessChanged>;
