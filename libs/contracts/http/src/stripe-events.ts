import { z } from 'zod';
import { Id, Instant } from './fields.js';

/** `invoice.paid`, or all that begin alike: `customer.subscription.*`. */
const TypePattern = z.string().regex(/^[a-z0-9_]+(\.[a-z0-9_]+)*(\.\*)?$/, 'It looks like invoice.paid, or like customer.subscription.*');

/**
 * For operators: announces stored events again, a part at a time. What is left out does not matter; all of the last 30 days when nothing is
 * given. Safe to ask for twice: readers see that an event is old news, and look its object up where they must.
 */
export const StripeEventsReplayRequest = z
  .object({
    ids: z.array(Id).min(1).max(1000).optional(),
    types: z.array(TypePattern).min(1).max(100).optional(),
    organization: z.string().min(1).optional(),
    environment: z.enum(['sandbox', 'test', 'live']).optional(),
    connectionId: Id.optional(),
    /** Came in at this time or later: by our clock, not by Stripe's `created`. */
    since: Instant.optional(),
    /** Came in at this time or earlier. */
    until: Instant.optional(),
    /** How many are announced in this part, which is one transaction. */
    limit: z.int().min(1).max(500).default(200),
    cursor: z.string().min(1).optional(),
    /** Only counts. */
    dryRun: z.boolean().default(false),
  })
  .meta({ id: 'StripeEventsReplayRequest' });
export type StripeEventsReplayRequest = z.output<typeof StripeEventsReplayRequest>;

export const StripeEventsReplayResponse = z
  .looseObject({
    /** How many there are to announce. Counted in a dry run only, otherwise null. */
    selected: z.int().nonnegative().nullable(),
    /** How many more match, but are remembered without their body, which is kept for 30 days. Counted in a dry run only, otherwise null. */
    withoutBody: z.int().nonnegative().nullable(),
    /** The database's time of this answer. As `until` of later parts it leaves out what comes meanwhile. */
    asOf: Instant,
    announced: z.int().nonnegative(),
    /** Those that no key opens any more; the log names them (`gateway.body.unreadable`). */
    unreadable: z.int().nonnegative(),
    /** Where the next part goes on; null when nothing is left. */
    next_cursor: z.string().nullable(),
  })
  .meta({ id: 'StripeEventsReplayResponse' });
export type StripeEventsReplayResponse = z.output<typeof StripeEventsReplayResponse>;
