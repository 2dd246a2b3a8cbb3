import type { CatalogSyncChanged } from '@turnpike/contracts-events';
import type { SyncResponse } from '@turnpike/contracts-http';
import type { KnownConnection } from './known-connection.entity.js';
import { dashboardUrl } from './stripe-words.rules.js';
import type { SyncRecord } from './sync-record.entity.js';
import { reasonsOf, statusOf } from './sync.rules.js';

export function toSyncChanged(record: SyncRecord): CatalogSyncChanged {
  const { entityType, entityId, connectionId, stripeId, attempts, error } = record;
  return {
    ...{ entityType, entityId, connectionId, stripeId },
    status: statusOf(record),
    reasons: reasonsOf(record),
    attempts,
    lastAttemptAt: record.lastAttemptAt?.toISOString() ?? null,
    lastSyncedAt: record.lastSyncedAt?.toISOString() ?? null,
    error: error && { code: error.code, message: error.message, requestId: error.requestId },
    version: { epoch: record.versionEpoch, n: record.versionN },
  };
}

/** @param connection null: nothing was heard of it yet, or since */
export function toSyncResponse(record: SyncRecord, connection: KnownConnection | null): SyncResponse {
  const { connectionId, stripeId, status, reasons, attempts, lastAttemptAt, lastSyncedAt, error } = toSyncChanged(record);
  const url = dashboardUrl(record.environment, connection?.stripeAccountId ?? null, record.entityType, stripeId);
  return { connectionId, status, stripeId, reasons, attempts, lastAttemptAt, lastSyncedAt, error, url };
}
