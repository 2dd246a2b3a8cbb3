import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ENVIRONMENTS } from '@turnpike/contracts-events';
import { ownRowsAndInfrastructure } from '@turnpike/service';

/**
 * How far a connection's events are known, in the order of Stripe's own list: never by `created`, which a test clock sets as it likes
 * (road 5.8). Times are by our clock. A listed infrastructure table: who is due is asked across organizations.
 */
export const EventCursor = defineEntity({
  name: 'EventCursor',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    connectionId: p.text().primary(),
    /** Every event up to this one is known; null while Stripe's list had none. */
    eventId: p.text().strictNullable(),
    /** When the cursor came to that event: the event is at least as old. */
    eventSeenAt: p.datetime().strictNullable(),
    /** What happened before is known; null until the first sweep. */
    knownUntil: p.datetime().strictNullable(),
    /** Where a look of some seconds ago began. Each reads from there again: an event may turn up behind one that was read before it. */
    rereadFrom: p.text().strictNullable(),
    rereadSince: p.datetime().strictNullable(),
    /** The newest event of the last look. What is missing up to it at the next look is not late, but missed. */
    horizonEventId: p.text().strictNullable(),
    horizonAt: p.datetime().strictNullable(),
    /** Where the walk back to the oldest event of the list has got to, so that a restart goes on with it. */
    walkedBackTo: p.text().strictNullable(),
    lookedAt: p.datetime().strictNullable(),
    nextAt: p.datetime(),
    /** One replica sweeps a connection at a time. */
    leasedUntil: p.datetime(),
    failures: p.integer(),
    revision: p.integer().version(),
  },
  ...ownRowsAndInfrastructure('gateway'),
});
export type EventCursor = InferEntity<typeof EventCursor>;
