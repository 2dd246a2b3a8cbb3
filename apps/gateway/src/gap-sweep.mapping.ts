import type { GapSweepResponse } from '@turnpike/contracts-http';
import type { GapSweep } from './gap-sweep.entity.js';

export function toGapSweepResponse(sweep: GapSweep): GapSweepResponse {
  const { id, connectionId, because, gapId, eventsSeen, eventsMissed, eventsHealed } = sweep;
  return {
    id,
    connectionId,
    because,
    from: sweep.sweptFrom?.toISOString() ?? null,
    until: sweep.sweptUntil.toISOString(),
    eventsSeen,
    eventsMissed,
    eventsHealed,
    gapId,
    createdAt: sweep.createdAt.toISOString(),
    updatedAt: sweep.updatedAt.toISOString(),
  };
}
