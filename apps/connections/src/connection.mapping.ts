import type { ConnectionChanged } from '@turnpike/contracts-events';
import type { ConnectionResponse } from '@turnpike/contracts-http';
import type { Connection } from './connection.entity.js';
import { mayWrite } from './permissions.js';
import type { WebhookEndpoint } from './webhook-endpoint.entity.js';

export function toConnectionChanged(connection: Connection): ConnectionChanged {
  return {
    connectionId: connection.id,
    status: connection.status,
    statusReason: connection.statusReason,
    stripeAccountId: connection.stripeAccountId,
    accountName: connection.accountName,
    country: connection.country,
    defaultCurrency: connection.defaultCurrency,
    livemode: connection.environment === 'live',
    mayWrite: mayWrite(connection.profile),
    ingestMode: connection.ingestMode,
    webhookEndpointId: connection.webhookEndpointId,
    secretsVersion: connection.secretsVersion,
    removedAt: connection.removedAt?.toISOString() ?? null,
    version: { epoch: connection.versionEpoch, n: connection.versionN },
  };
}

/** @param endpoints of this connection */
export function toConnectionResponse(connection: Connection, endpoints: readonly WebhookEndpoint[]): ConnectionResponse {
  return {
    id: connection.id,
    environment: connection.environment,
    name: connection.name,
    profile: connection.profile,
    status: connection.status,
    statusReason: connection.statusReason,
    checks: connection.checks.map(({ check, ok, code, message, whatToDo }) => ({ check, ok, code, message, whatToDo })),
    checkedAt: connection.checkedAt?.toISOString() ?? null,
    stripeAccountId: connection.stripeAccountId,
    accountName: connection.accountName,
    country: connection.country,
    defaultCurrency: connection.defaultCurrency,
    keys: {
      publishableLast4: connection.publishableLast4,
      secretLast4: connection.secretLast4,
      secretKind: connection.keyKind,
    },
    keyChange: connection.keyChange && { ...connection.keyChange },
    ingestMode: connection.ingestMode,
    endpoint: toEndpointResponse(connection, endpoints),
    isDeclared: connection.isDeclared,
    verifiedAt: connection.verifiedAt?.toISOString() ?? null,
    createdAt: connection.createdAt.toISOString(),
    updatedAt: connection.updatedAt.toISOString(),
    removedAt: connection.removedAt?.toISOString() ?? null,
    version: { epoch: connection.versionEpoch, n: connection.versionN },
  };
}

/** The one that the connection names: the two were read one after the other. */
function toEndpointResponse({ webhookEndpointId }: Connection, endpoints: readonly WebhookEndpoint[]): ConnectionResponse['endpoint'] {
  const active = endpoints.find((endpoint) => endpoint.state === 'active' && endpoint.stripeId === webhookEndpointId);
  if (!active || active.stripeId === null) return null;
  const retiring = endpoints.find((endpoint) => endpoint.state === 'retiring');
  return {
    stripeId: active.stripeId,
    url: active.request.url,
    isRotating: retiring !== undefined || endpoints.some((endpoint) => endpoint.state === 'wanted'),
    oldSecretUntil: retiring?.deleteAt?.toISOString() ?? null,
  };
}
