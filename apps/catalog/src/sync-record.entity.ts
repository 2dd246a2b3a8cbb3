import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ENVIRONMENTS } from '@turnpike/contracts-events';
import type { IntentError } from '@turnpike/intents';
import { ownRowsOnly } from '@turnpike/service';
import type { StripeState } from './sync.rules.js';

export const ENTITY_TYPES = ['product', 'price'] as const;

/**
 * Where a plan (a product at Stripe) or a price stands on one connection (requirements G28, §6.3). At most one write of it is under way at a
 * time: what is wanted by then follows when its answer is in, so that no older write lands behind a newer one.
 */
export const SyncRecord = defineEntity({
  name: 'SyncRecord',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    /** `<connection>/<entity>`. */
    id: p.text().primary(),
    connectionId: p.text(),
    entityType: p.enum(ENTITY_TYPES),
    /** The plan's id or the price's. */
    entityId: p.text(),
    productId: p.text(),
    planId: p.text(),
    /** Of a price; null of a product. */
    planVersionId: p.text().strictNullable(),
    stripeId: p.text().strictNullable(),
    /** Why nothing is written; null where something is. */
    skipReason: p.text().strictNullable(),
    /** What Stripe has by our last answered write; null before the first. */
    written: p.json<StripeState>().strictNullable(),
    /** What the write under way, or the last one, says. */
    attempted: p.json<StripeState>().strictNullable(),
    /** The cause of the intent that is under way; null when none is. */
    openCause: p.text().strictNullable(),
    /** Counts the changes that were written after the first, each a cause of its own. */
    changes: p.integer(),
    attempts: p.integer(),
    lastAttemptAt: p.datetime().strictNullable(),
    lastSyncedAt: p.datetime().strictNullable(),
    error: p.json<IntentError>().strictNullable(),
    /** Whether the write under way waits for a person: a key or a permission. */
    isBlocked: p.boolean(),
    /** What others changed at Stripe, as codes. */
    drift: p.json<string[]>(),
    detachedAt: p.datetime().strictNullable(),
    versionEpoch: p.bigint('number'),
    versionN: p.bigint('number'),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    revision: p.integer().version(),
  },
  indexes: [
    { name: 'sync_record_by_plan', properties: ['organization', 'environment', 'planId'] },
    { name: 'sync_record_by_stripe_id', properties: ['organization', 'environment', 'connectionId', 'stripeId'] },
  ],
  ...ownRowsOnly,
});
export type SyncRecord = InferEntity<typeof SyncRecord>;
