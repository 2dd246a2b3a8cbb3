import { z } from 'zod';
import { Id, Instant } from './fields.js';

/** Where something of the catalog stands at Stripe, on one connection. */
export const SyncResponse = z
  .looseObject({
    connectionId: Id,
    /** `skipped`: it is not written on purpose, and `reasons` says why. `detached`: the connection is removed. */
    status: z.enum(['pending', 'synced', 'failed', 'skipped', 'detached']),
    /** Stripe's `prod_…` or `price_…`; null until Stripe has it. */
    stripeId: z.string().nullable(),
    /** Stable codes: `FREE_PLAN`, `CUSTOM_PRICE`, `READ_ONLY_CONNECTION`; for what others changed at Stripe `DRIFT_NAME`, `DRIFT_ACTIVE`, `DRIFT_DELETED`. */
    reasons: z.array(z.string()),
    attempts: z.int().nonnegative(),
    lastAttemptAt: Instant.nullable(),
    lastSyncedAt: Instant.nullable(),
    /** Why the last attempt failed. While the status is `pending`, it is tried again by itself. */
    error: z.looseObject({ code: z.string(), message: z.string(), requestId: z.string().nullable() }).nullable(),
    /** Its page in Stripe's dashboard; null where there is none. */
    url: z.string().nullable(),
  })
  .meta({ id: 'SyncResponse' });
export type SyncResponse = z.output<typeof SyncResponse>;
