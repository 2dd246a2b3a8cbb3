import { z } from 'zod';
import { Id, Instant, Limit } from './fields.js';
import { goesOneWay, listOf, ONE_WAY } from './list.js';

/**
 * What a look at Stripe's list of events found that had not reached us; looks that found nothing are not listed, and looks within five
 * minutes of each other are one.
 */
export const GapSweepResponse = z
  .looseObject({
    id: Id,
    connectionId: Id,
    /**
     * - `webhooks_missing`: we were there all the time, and the webhooks did not come.
     * - `pause`: nobody had looked, since we were down, the key was refused, or the database was set back.
     * - `new_connection`, `too_long_ago`, `events_deleted`: events cannot tell what happened; the objects are listed instead.
     */
    because: z.enum(['new_connection', 'too_long_ago', 'events_deleted', 'pause', 'webhooks_missing']),
    /** The time that was looked into, by our clock. Null: from the account's first day on. */
    from: Instant.nullable(),
    until: Instant,
    /** Events that were read. */
    eventsSeen: z.int().nonnegative(),
    /** Those that nobody had brought. */
    eventsMissed: z.int().nonnegative(),
    /** Those that are known and passed on now: all that were missed, but for unreadable ones. */
    eventsHealed: z.int().nonnegative(),
    /** Of a gap: the id under which it was told to the services that list the objects. Null where events told everything. */
    gapId: z.string().nullable(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({ id: 'GapSweepResponse' });
export type GapSweepResponse = z.output<typeof GapSweepResponse>;

/** The query of `GET /v1/gap_sweeps`: newest first. */
export const GapSweepsListRequest = z
  .object({
    limit: Limit,
    starting_after: Id.optional(),
    ending_before: Id.optional(),
    /** Our id of a connection. */
    connection: Id.optional(),
  })
  .refine(goesOneWay, ONE_WAY)
  .meta({ id: 'GapSweepsListRequest' });
export type GapSweepsListRequest = z.output<typeof GapSweepsListRequest>;

export const GapSweepsListResponse = listOf(GapSweepResponse).meta({ id: 'GapSweepsListResponse' });
export type GapSweepsListResponse = z.output<typeof GapSweepsListResponse>;
