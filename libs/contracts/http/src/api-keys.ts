import { z } from 'zod';
import { Id, Instant, Limit } from './fields.js';
import { goesOneWay, listOf, ONE_WAY } from './list.js';

/** An API key of one environment, without what opens doors: that is shown once, when the key is made. */
export const ApiKeyResponse = z
  .looseObject({
    id: Id,
    environment: z.enum(['sandbox', 'test', 'live']),
    /** For people; null when none was given. */
    name: z.string().nullable(),
    /** Its first characters, to tell it from others. Empty for a key of which only the hash was ever known here. */
    prefix: z.string(),
    /** The key that it was made to replace. */
    replacesId: Id.nullable(),
    createdAt: Instant,
    /** From then on it opens nothing. Null: no end is set. */
    expiresAt: Instant.nullable(),
    revokedAt: Instant.nullable(),
  })
  .meta({ id: 'ApiKeyResponse' });
export type ApiKeyResponse = z.output<typeof ApiKeyResponse>;

/** The answer to whoever has made a key: the only one that holds it. */
export const ApiKeyCreatedResponse = z
  .looseObject({
    apiKey: ApiKeyResponse,
    /** The key itself, to be sent as `Authorization: Bearer <key>`. It is kept nowhere: store it now. */
    key: z.string(),
  })
  .meta({ id: 'ApiKeyCreatedResponse' });
export type ApiKeyCreatedResponse = z.output<typeof ApiKeyCreatedResponse>;

const Name = z.string().trim().min(1).max(100);

/** `POST /v1/api_keys`: a further key of the caller's own environment. */
export const ApiKeyCreateRequest = z.object({ name: Name.optional() }).meta({ id: 'ApiKeyCreateRequest' });
export type ApiKeyCreateRequest = z.output<typeof ApiKeyCreateRequest>;

/** `POST /internal/organizations/:id/api-keys`, for who runs the installation: a key of any environment. */
export const OperatorApiKeyCreateRequest = z
  .object({ environment: z.enum(['sandbox', 'test', 'live']), name: Name.optional() })
  .meta({ id: 'OperatorApiKeyCreateRequest' });
export type OperatorApiKeyCreateRequest = z.output<typeof OperatorApiKeyCreateRequest>;

/** `POST /v1/api_keys/:id/rotate`: a new key takes the place of this one, which opens doors for so long. */
export const ApiKeyRotateRequest = z
  .object({
    /** 0 ends the old one at once. */
    oldExpiresInHours: z.literal([0, 1, 24, 72, 168]),
  })
  .meta({ id: 'ApiKeyRotateRequest' });
export type ApiKeyRotateRequest = z.output<typeof ApiKeyRotateRequest>;

/** The query of `GET /v1/api_keys`: those of the caller's environment, newest first, expired and revoked ones as well. */
export const ApiKeysListRequest = z
  .object({ limit: Limit, starting_after: Id.optional(), ending_before: Id.optional() })
  .refine(goesOneWay, ONE_WAY)
  .meta({ id: 'ApiKeysListRequest' });
export type ApiKeysListRequest = z.output<typeof ApiKeysListRequest>;

export const ApiKeysListResponse = listOf(ApiKeyResponse).meta({ id: 'ApiKeysListResponse' });
export type ApiKeysListResponse = z.output<typeof ApiKeysListResponse>;
