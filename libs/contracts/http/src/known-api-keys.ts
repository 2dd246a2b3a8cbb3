import { z } from 'zod';

/**
 * The path of `GET /internal/<service>/known-api-keys/:sha256`: whether a service has heard of an API key, and whose it is. For who makes
 * one and wants to use it at once.
 */
export const KnownApiKeyRequest = z
  .object({
    /** Of the whole key, in lower-case hexadecimal. */
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
  })
  .meta({ id: 'KnownApiKeyRequest' });
export type KnownApiKeyRequest = z.output<typeof KnownApiKeyRequest>;

export const KnownApiKeyResponse = z
  .looseObject({ organization: z.string(), environment: z.enum(['sandbox', 'test', 'live']) })
  .meta({ id: 'KnownApiKeyResponse' });
export type KnownApiKeyResponse = z.output<typeof KnownApiKeyResponse>;
