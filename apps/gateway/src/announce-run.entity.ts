import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ownRowsOnly } from '@turnpike/service';

/** How far an environment's stored events have been announced again. A row outlives the process, so that whoever asked gets all of them. */
export const AnnounceRun = defineEntity({
  name: 'AnnounceRun',
  properties: {
    organization: p.text().primary(),
    environment: p.text().primary(),
    runId: p.uuid(),
    /** Events that came later were announced as they came. */
    until: p.datetime(),
    /** The last one announced: its connection, the day it came, its id. */
    afterConnectionId: p.text(),
    afterReceivedOn: p.date(),
    afterEventId: p.text(),
    announced: p.integer(),
    finishedAt: p.datetime().nullable(),
    revision: p.integer().version(),
  },
  ...ownRowsOnly,
});
export type AnnounceRun = InferEntity<typeof AnnounceRun>;
