import { z } from 'zod';
import { type DataOf, defineTopic } from '../define-topic.js';
import { Id, Instant } from '../fields.js';
import { Version } from '../version.js';

/**
 * An API key of one organization and environment, by its hash: the key itself is shown once, when it is made, and kept nowhere. Every
 * service that answers under /v1 keeps these, so that it can let a request in without asking another one.
 */
export const ApiKeyChanged = defineTopic({
  name: 'organizations.api-key.changed.v1',
  kind: 'state',
  burial: 'heals',
  key: (apiKey) => apiKey.apiKeyId,
  order: (apiKey) => apiKey.apiKeyId,
  data: z.object({
    apiKeyId: Id,
    /** SHA-256 of the whole key, in lower-case hexadecimal. 256 random bits need no slower hash. */
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    /** Its first characters, which may be shown: they tell keys apart and open nothing. */
    prefix: z.string(),
    /** From then on it opens nothing: set when another key takes its place. */
    expiresAt: Instant.nullable(),
    revokedAt: Instant.nullable(),
    version: Version,
  }),
});
export type ApiKeyChanged = DataOf<typeof ApiKeyChanged>;
