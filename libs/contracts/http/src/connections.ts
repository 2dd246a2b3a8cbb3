import { z } from 'zod';
import { Id, Instant, Limit } from './fields.js';
import { goesOneWay, listOf, ONE_WAY } from './list.js';
import { VersionResponse } from './standing.js';

/**
 * What a connection is for, and so what its key must be allowed to do.
 * - `manage`: everything that Turnpike does at Stripe.
 * - `full_sync`: what is sold and bought, kept in step both ways.
 * - `signals_readonly`: reading customers, subscriptions, invoices, charges and events; a key that may write is refused.
 * - `books`: reading balance, payouts and disputes.
 */
export const ConnectionProfile = z.enum(['manage', 'full_sync', 'signals_readonly', 'books']).meta({ id: 'ConnectionProfile' });
export type ConnectionProfile = z.output<typeof ConnectionProfile>;

const SecretKey = z.string().regex(/^(sk|rk)_(test|live)_[A-Za-z0-9_]{4,240}$/, 'is no secret or restricted key (sk_… or rk_…)');
const PublishableKey = z.string().regex(/^pk_(test|live)_[A-Za-z0-9_]{4,240}$/, 'is no publishable key (pk_…)');

/** `POST /v1/connections`: one Stripe account in one mode, for ever. The environment is the API key's own. */
export const ConnectionCreateRequest = z
  .object({
    /** From https://dashboard.stripe.com/apikeys, as the secret key. */
    publishableKey: PublishableKey,
    /** Kept encrypted, and shown to nobody again. */
    secretKey: SecretKey,
    /** For people. */
    name: z.string().trim().min(1).max(100).optional(),
    profile: ConnectionProfile.default('manage'),
  })
  .meta({ id: 'ConnectionCreateRequest' });
export type ConnectionCreateRequest = z.output<typeof ConnectionCreateRequest>;

/** `PUT /v1/connections/:id/keys`: other keys of the same account. The ones in use stay until the new ones are proved. */
export const ConnectionKeysRequest = z
  .object({ publishableKey: PublishableKey, secretKey: SecretKey })
  .meta({ id: 'ConnectionKeysRequest' });
export type ConnectionKeysRequest = z.output<typeof ConnectionKeysRequest>;

/** `DELETE /v1/connections/:id`: it cannot be undone, so its own id is asked for again. */
export const ConnectionRemoveRequest = z
  .object({
    /** The connection's id. */
    confirm: z.string(),
  })
  .meta({ id: 'ConnectionRemoveRequest' });
export type ConnectionRemoveRequest = z.output<typeof ConnectionRemoveRequest>;

/** One thing that VERIFY looked at. */
export const ConnectionCheckResponse = z
  .looseObject({
    /** What was looked at: `key`, `mode`, `account`, `key_pair`, or a permission as Stripe's page of keys names it: `Customers (write)`. */
    check: z.string(),
    /** Null: this cannot be proved without changing something at Stripe, or Stripe does not offer it. */
    ok: z.boolean().nullable(),
    /** Stable. */
    code: z.string(),
    message: z.string(),
    /** Null where there is nothing to do. */
    whatToDo: z.string().nullable(),
  })
  .meta({ id: 'ConnectionCheckResponse' });
export type ConnectionCheckResponse = z.output<typeof ConnectionCheckResponse>;

/** Never a secret: of keys, the last four characters. */
export const ConnectionResponse = z
  .looseObject({
    id: Id,
    environment: z.enum(['sandbox', 'test', 'live']),
    name: z.string().nullable(),
    profile: ConnectionProfile,
    status: z.enum(['created', 'verifying', 'verified', 'failed', 'degraded', 'unauthorized', 'removing', 'removed']),
    /** Why it is not `verified`, as a stable code. */
    statusReason: z.string().nullable(),
    checks: z.array(ConnectionCheckResponse),
    checkedAt: Instant.nullable(),
    /** Stripe's `acct_…`; null until the key was tried. */
    stripeAccountId: Id.nullable(),
    accountName: z.string().nullable(),
    country: z.string().nullable(),
    defaultCurrency: z.string().nullable(),
    keys: z.looseObject({
      publishableLast4: z.string().nullable(),
      secretLast4: z.string().nullable(),
      secretKind: z.enum(['secret', 'restricted']).nullable(),
    }),
    /** The last change of keys: under way, or refused and why. Null when there was none, or it went through. */
    keyChange: z
      .looseObject({ state: z.enum(['pending', 'refused']), code: z.string().nullable(), message: z.string().nullable(), at: Instant })
      .nullable(),
    /** How Stripe's events arrive. Without a public address, or without the permission to make an endpoint, they are polled. */
    ingestMode: z.enum(['webhook', 'polling', 'both']),
    /** Our webhook endpoint at Stripe; null where there is none. */
    endpoint: z
      .looseObject({
        stripeId: Id,
        url: z.string(),
        /** Another one with another secret is taking its place; both are good until `oldSecretUntil`. */
        isRotating: z.boolean(),
        oldSecretUntil: Instant.nullable(),
      })
      .nullable(),
    /** From the declared file: it has webhook secrets and no keys. */
    isDeclared: z.boolean(),
    verifiedAt: Instant.nullable(),
    createdAt: Instant,
    updatedAt: Instant,
    removedAt: Instant.nullable(),
    version: VersionResponse,
  })
  .meta({ id: 'ConnectionResponse' });
export type ConnectionResponse = z.output<typeof ConnectionResponse>;

/** The query of `GET /v1/connections`: newest first, removed ones as well. */
export const ConnectionsListRequest = z
  .object({ limit: Limit, starting_after: Id.optional(), ending_before: Id.optional() })
  .refine(goesOneWay, ONE_WAY)
  .meta({ id: 'ConnectionsListRequest' });
export type ConnectionsListRequest = z.output<typeof ConnectionsListRequest>;

export const ConnectionsListResponse = listOf(ConnectionResponse).meta({ id: 'ConnectionsListResponse' });
export type ConnectionsListResponse = z.output<typeof ConnectionsListResponse>;
