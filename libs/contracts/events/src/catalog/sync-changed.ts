import { z } from 'zod';
import { type DataOf, defineTopic } from '../define-topic.js';
import { Id, Instant } from '../fields.js';
import { Version } from '../version.js';

/** Where one of our entities stands at Stripe (requirements G28, §6.3): written there, refused, or left out on purpose and why. */
export const CatalogSyncChanged = defineTopic({
  name: 'catalog.sync.changed.v1',
  kind: 'state',
  burial: 'heals',
  key: (sync) => `${sync.connectionId}/${sync.entityId}`,
  order: (sync) => `${sync.connectionId}/${sync.entityId}`,
  data: z.object({
    entityType: z.enum(['product', 'price']),
    entityId: Id,
    connectionId: Id,
    /** Null until Stripe has it. */
    stripeId: Id.nullable(),
    status: z.enum(['pending', 'synced', 'failed', 'skipped', 'detached']),
    /** Why it was skipped, as stable codes. */
    reasons: z.array(z.string().min(1)),
    attempts: z.int().nonnegative(),
    lastAttemptAt: Instant.nullable(),
    lastSyncedAt: Instant.nullable(),
    error: z.object({ code: z.string().min(1), message: z.string(), requestId: z.string().nullable() }).nullable(),
    version: Version,
  }),
});
export type CatalogSyncChanged = DataOf<typeof CatalogSyncChanged>;
