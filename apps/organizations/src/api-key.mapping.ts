import type { ApiKeyChanged } from '@turnpike/contracts-events';
import type { ApiKeyCreatedResponse, ApiKeyResponse } from '@turnpike/contracts-http';
import type { ApiKey } from './api-key.entity.js';

export function toApiKeyChanged(apiKey: ApiKey): ApiKeyChanged {
  return {
    apiKeyId: apiKey.id,
    sha256: apiKey.sha256,
    prefix: apiKey.prefix,
    expiresAt: apiKey.expiresAt?.toISOString() ?? null,
    revokedAt: apiKey.revokedAt?.toISOString() ?? null,
    version: { epoch: apiKey.versionEpoch, n: apiKey.versionN },
  };
}

export function toApiKeyResponse(apiKey: ApiKey): ApiKeyResponse {
  return {
    id: apiKey.id,
    environment: apiKey.environment,
    name: apiKey.name,
    prefix: apiKey.prefix,
    replacesId: apiKey.replacesId,
    createdAt: apiKey.createdAt.toISOString(),
    expiresAt: apiKey.expiresAt?.toISOString() ?? null,
    revokedAt: apiKey.revokedAt?.toISOString() ?? null,
  };
}

/** The only answer that holds a key. */
export function toApiKeyCreatedResponse({ apiKey, key }: { apiKey: ApiKey; key: string }): ApiKeyCreatedResponse {
  return { apiKey: toApiKeyResponse(apiKey), key };
}
