import type { FillResponse } from '@turnpike/contracts-http';
import type { Fill } from './fill.entity.js';
import type { PageCounts } from './segments.js';

/** @param counts of its segments while it is under way */
export function toFillResponse(fill: Fill, counts: PageCounts, now: Date): FillResponse {
  const { found, taken, doubted } = fill.finishedAt === null ? counts : fill;
  const isRead = fill.state === 'checking' || fill.state === 'finished';
  return {
    id: fill.id,
    connectionId: fill.connectionId,
    kind: fill.objectType,
    purpose: fill.purpose,
    because: fill.because,
    state: fill.state,
    requestedAt: fill.requestedAt.toISOString(),
    startedAt: fill.startedAt?.toISOString() ?? null,
    finishedAt: fill.finishedAt?.toISOString() ?? null,
    ...{ found, taken, doubted },
    missing: fill.missing,
    perSecond: rateOf(found, fill.startedAt, fill.finishedAt ?? now),
    total: isRead ? found : null,
    etaSeconds: fill.state === 'finished' ? 0 : null,
    failure: fill.failureCode === null ? null : { code: fill.failureCode, message: fill.failure ?? fill.failureCode },
  };
}

function rateOf(found: number, from: Date | null, to: Date): number | null {
  if (from === null) return null;
  const seconds = Math.max(1, (to.getTime() - from.getTime()) / 1000);
  return Math.round((found / seconds) * 10) / 10;
}
