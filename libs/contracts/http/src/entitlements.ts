import { z } from 'zod';
import { Id, Instant } from './fields.js';
import { VersionResponse } from './standing.js';

/** How much of what was bought may be used; `free` is the free plan's set, `none` not even that. */
const Level = z.enum(['full', 'core', 'free', 'none']);

/** On or off, how many, or one of a list. */
const FeatureValue = z.union([z.boolean(), z.number(), z.string()]);

/** Where a grant comes from. */
export const EntitlementSourceResponse = z
  .object({
    kind: z.enum(['subscription', 'free-plan']),
    /** Ours; null for the free plan. */
    subscriptionId: z.string().nullable(),
    planVersionId: Id,
    planKey: z.string(),
  })
  .meta({ id: 'EntitlementSourceResponse' });
export type EntitlementSourceResponse = z.output<typeof EntitlementSourceResponse>;

/** Whom an answer is about, and how far it can be trusted. */
const answer = {
  /** Ours. */
  customerId: Id,
  /** The caller's. */
  externalId: z.string().nullable(),
  /** The workspace that was asked about; null for the customer as a whole. */
  workspaceId: z.string().nullable(),
  level: Level,
  /** A stable code: `active`, `trialing`, `past_due_in_grace`, `past_due`, `unpaid`, `canceled`, `no_subscription` … */
  reason: z.string(),
  sources: z.array(EntitlementSourceResponse),
  /** Until when this answer holds if nothing happens, by the customer's clock; null: without an end. */
  validUntil: Instant.nullable(),
  /** Nothing that happened before this moment is missing here. */
  asOf: Instant,
  /** The answer is the last that was known, and it cannot be proven that it still holds. */
  isStale: z.boolean(),
  /** Of the access that this was answered from; give it as `min_version` to be answered from that or a later one. */
  version: VersionResponse,
};

/** `GET /v1/entitlements/:customer`. */
export const EntitlementsResponse = z
  .looseObject({ ...answer, features: z.array(z.object({ feature: z.string(), hasAccess: z.boolean(), value: FeatureValue })) })
  .meta({ id: 'EntitlementsResponse' });
export type EntitlementsResponse = z.output<typeof EntitlementsResponse>;

/** `GET /v1/entitlements/:customer/:feature`. */
export const EntitlementResponse = z
  .looseObject({
    ...answer,
    feature: z.string(),
    hasAccess: z.boolean(),
    /** Null where there is no access; `reason` is then why: `not_in_plan`, `unknown_feature`, or the reason for the whole. */
    value: FeatureValue.nullable(),
  })
  .meta({ id: 'EntitlementResponse' });
export type EntitlementResponse = z.output<typeof EntitlementResponse>;

/** The query of both. */
export const EntitlementsRequest = z
  .object({
    /** A workspace of the customer, by our id or the caller's. */
    workspace: z.string().min(1).max(512).optional(),
    /** A person, by the caller's id: members who do not handle billing may have more for a while (after a trial that ended unpaid). */
    member: z.string().min(1).max(512).optional(),
    /** `epoch.n` of a version that was seen: older access is not answered from. Waits for it up to a second, then 409. */
    min_version: z
      .string()
      .regex(/^\d{1,15}\.\d{1,15}$/, 'is epoch.n, as in 1.42')
      .optional(),
  })
  .meta({ id: 'EntitlementsRequest' });
export type EntitlementsRequest = z.output<typeof EntitlementsRequest>;
