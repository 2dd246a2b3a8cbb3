import { z } from 'zod';
import { Id } from './fields.js';

/**
 * `GET /internal/connections/:id/credentials`: the one answer that carries secrets, for services of this installation (architecture rule 9).
 * Whoever asks keeps it in memory only, for 60 s at most, and writes it nowhere.
 */
export const ConnectionCredentialsResponse = z
  .object({
    connectionId: Id,
    status: z.enum(['created', 'verifying', 'verified', 'failed', 'degraded', 'unauthorized', 'removing', 'removed']),
    /** Null where there is none: a declared connection has webhook secrets and nothing else, a removed one nothing at all. */
    secretKey: z.string().nullable(),
    /** Stripe's account; null until the key was tried. */
    stripeAccountId: Id.nullable(),
    /** The one API version that this installation speaks. */
    apiVersion: z.string(),
    /** Where this connection's Stripe is: https://api.stripe.com, or the Sandbox of this installation. Null where there is none. */
    baseUrl: z.url().nullable(),
    /** Signing secrets of its webhook endpoints, newest first; two while one is being replaced. */
    webhookSecrets: z.array(z.string()),
    /** Rises with every change of a secret. */
    secretsVersion: z.int().nonnegative(),
  })
  .meta({ id: 'ConnectionCredentialsResponse' });
export type ConnectionCredentialsResponse = z.output<typeof ConnectionCredentialsResponse>;

/** `POST /internal/connections/:id/unauthorized`: Stripe answered 401 to this connection's key. */
export const ConnectionUnauthorizedRequest = z
  .object({
    /** Of the key that was refused: a newer one is not accused. */
    secretsVersion: z.int().nonnegative(),
  })
  .meta({ id: 'ConnectionUnauthorizedRequest' });
export type ConnectionUnauthorizedRequest = z.output<typeof ConnectionUnauthorizedRequest>;

export const ConnectionUnauthorizedResponse = z.looseObject({ received: z.literal(true) }).meta({ id: 'ConnectionUnauthorizedResponse' });
export type ConnectionUnauthorizedResponse = z.output<typeof ConnectionUnauthorizedResponse>;
