import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ENVIRONMENTS, HistoryGapCause } from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';

/** Why a sweep has something to report: a gap in what events can tell, a time when nobody looked, or webhooks that did not come meanwhile. */
export const GAP_SWEEP_CAUSES = [...HistoryGapCause.options, 'pause', 'webhooks_missing'] as const;
export type GapSweepCause = (typeof GAP_SWEEP_CAUSES)[number];

/** What sweeps in a row found and healed, or a gap that they could not heal. A sweep that found nothing leaves no row. */
export const GapSweep = defineEntity({
  name: 'GapSweep',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    id: p.text().primary(),
    connectionId: p.text(),
    because: p.enum(GAP_SWEEP_CAUSES),
    /** The id under which the gap was told; null where events told everything. */
    gapId: p.text().strictNullable(),
    /** The time that was swept, by our clock; null: from the account's first day on. */
    sweptFrom: p.datetime().strictNullable(),
    sweptUntil: p.datetime(),
    /** Events that were read. */
    eventsSeen: p.integer(),
    /** Those of them that nobody had brought. */
    eventsMissed: p.integer(),
    /** Those of them that are stored now: all but the unreadable. */
    eventsHealed: p.integer(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    revision: p.integer().version(),
  },
  indexes: [{ name: 'gap_sweep_by_connection', properties: ['organization', 'environment', 'connectionId', 'id'] }],
  ...ownRowsOnly,
});
export type GapSweep = InferEntity<typeof GapSweep>;
