import { z } from 'zod';
import { type DataOf, defineTopic } from '../define-topic.js';
import { Id, Instant } from '../fields.js';

/**
 * Why events cannot tell what happened. `new_connection`: nobody listened before. `too_long_ago`: nobody listened for longer than the 30
 * days that Stripe keeps events. `events_deleted`: Stripe has lost the event that we had got to, as when test data is deleted; objects
 * may then be gone of which no event tells.
 */
export const HistoryGapCause = z.enum(['new_connection', 'too_long_ago', 'events_deleted']);
export type HistoryGapCause = z.output<typeof HistoryGapCause>;

/**
 * There is a time of which no event of a connection will ever tell. Who mirrors Stripe's objects lists them: all of them, the ended ones
 * as well, and looks again at those it holds that are in no list. A list that is read after this message covers the gap: what happens
 * from `until` on is told by `gateway.stripe-event.received.v1`.
 *
 * One gap may be told again, as any message may: `gapId` says that it is the same. Buried, it is to be remembered by the reader's
 * handler (`buried`): the key names the connection to fill.
 */
export const HistoryGapFound = defineTopic({
  name: 'gateway.history-gap.found.v1',
  kind: 'hint',
  burial: 'marks-dirty',
  key: (gap) => gap.connectionId,
  order: (gap) => gap.connectionId,
  data: z.object({
    gapId: Id,
    /** Exactly one Stripe account and mode, for ever (architecture rule 8). */
    connectionId: Id,
    /** The last moment, by our clock, up to which every event was known. Null: from the account's first day on. */
    from: Instant.nullable(),
    /** From this moment on, by our clock, events are known again. */
    until: Instant,
    because: HistoryGapCause,
  }),
});
export type HistoryGapFound = DataOf<typeof HistoryGapFound>;
