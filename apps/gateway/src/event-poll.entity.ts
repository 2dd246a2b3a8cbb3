import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ENVIRONMENTS } from '@turnpike/contracts-events';
import { ownRowsAndInfrastructure } from '@turnpike/service';

/** How far a connection's events have been polled. A listed infrastructure table: who is due is asked across organizations. */
export const EventPoll = defineEntity({
  name: 'EventPoll',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    connectionId: p.text().primary(),
    /** The newest event that was stored from a poll; null while there was none. */
    cursorEventId: p.text().nullable(),
    /** Stripe's stamp of the newest event, or, while there was none, since when events are wanted. */
    since: p.datetime(),
    nextAt: p.datetime(),
    /** One replica polls a connection at a time. */
    leasedUntil: p.datetime(),
    failures: p.integer(),
    revision: p.integer().version(),
  },
  ...ownRowsAndInfrastructure('gateway'),
});
export type EventPoll = InferEntity<typeof EventPoll>;
