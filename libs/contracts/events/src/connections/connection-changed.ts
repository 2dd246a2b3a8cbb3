import { z } from 'zod';
import { type DataOf, defineTopic } from '../define-topic.js';
import { Id, Instant } from '../fields.js';
import { Version } from '../version.js';

/** Requirements §6.1. `created` knows a key that nobody has tried yet; `degraded` lost a permission; `unauthorized` lost all. */
export const ConnectionStatus = z.enum(['created', 'verifying', 'verified', 'failed', 'degraded', 'unauthorized', 'removing', 'removed']);
export type ConnectionStatus = z.output<typeof ConnectionStatus>;

/** How Stripe's events reach us (requirement X1). */
export const IngestMode = z.enum(['webhook', 'polling', 'both']);
export type IngestMode = z.output<typeof IngestMode>;

/**
 * A connection is exactly one Stripe account in one mode, for ever (architecture rule 8). No secret travels here: who needs one asks
 * `connections` for it, by this id, behind the service token.
 */
export const ConnectionChanged = defineTopic({
  name: 'connections.connection.changed.v1',
  kind: 'state',
  burial: 'heals',
  key: (connection) => connection.connectionId,
  order: (connection) => connection.connectionId,
  data: z.object({
    connectionId: Id,
    status: ConnectionStatus,
    /** Why it is not `verified`, as a stable code. */
    statusReason: z.string().nullable(),
    /** Stripe's `acct_…`; null until the key was tried. */
    stripeAccountId: Id.nullable(),
    accountName: z.string().nullable(),
    /** ISO 3166 and ISO 4217, as Stripe writes them. */
    country: z.string().nullable(),
    defaultCurrency: z.string().nullable(),
    /** Whether its events must be live-mode ones; follows from the environment. */
    livemode: z.boolean(),
    ingestMode: IngestMode,
    /** False: its keys are for reading only, and nothing is written to the account. Absent in what was told before there was the field. */
    mayWrite: z.boolean().optional(),
    /** Stripe's `we_…`; null where there is no endpoint of ours. */
    webhookEndpointId: Id.nullable(),
    /** Rises with every change of a secret, so that a cached one is known to be old. */
    secretsVersion: z.int().nonnegative(),
    removedAt: Instant.nullable(),
    version: Version,
  }),
});
export type ConnectionChanged = DataOf<typeof ConnectionChanged>;
