import { z } from 'zod';
import { Id, Instant } from './fields.js';
import { listOf } from './list.js';

/** For operators: a message that a reader could not apply, without its payload. */
export const DeadLetterResponse = z
  .looseObject({
    organization: z.string(),
    environment: z.enum(['sandbox', 'test', 'live']),
    topic: z.string(),
    partition: z.int().nonnegative(),
    epoch: z.int().nonnegative(),
    /** A whole number as text: it may outgrow what JSON numbers hold exactly. */
    number: z.string(),
    messageId: Id,
    /** The message key: `organization/environment/entity`. */
    key: z.string(),
    /** `parked`: nothing is wrong with it, but an earlier one of the same order key is buried. */
    state: z.enum(['buried', 'parked']),
    /** The cause: a stable code, and a sentence. */
    code: z.string(),
    cause: z.string(),
    /** How often it was tried. */
    attempts: z.int().nonnegative(),
    buriedAt: Instant,
  })
  .meta({ id: 'DeadLetterResponse' });
export type DeadLetterResponse = z.output<typeof DeadLetterResponse>;

/** One with what is known of its message: to find out why it was buried. */
export const DeadLetterDetailResponse = z
  .looseObject({
    ...DeadLetterResponse.shape,
    /** What fixed its partition: letters with the same one belong together. */
    orderKey: z.string(),
    /** The envelope as it travelled: `ce_id`, `ce_time`, `traceparent` and so on. */
    headers: z.record(z.string(), z.string()),
    /** Null for a deletion, which has no payload. */
    bodyBytes: z.int().nonnegative().nullable(),
    /** Only when asked for, and without names, addresses, secrets and free text: those stand as "(left out)". Null when not asked for. */
    body: z.unknown(),
    /** Why there is no body although it was asked for; otherwise null. */
    bodyProblem: z.string().nullable(),
  })
  .meta({ id: 'DeadLetterDetailResponse' });
export type DeadLetterDetailResponse = z.output<typeof DeadLetterDetailResponse>;

export const DeadLetterRequest = z.object({ messageId: z.uuid() }).meta({ id: 'DeadLetterRequest' });
export const DeadLetterShowRequest = z.object({ body: flag() }).meta({ id: 'DeadLetterShowRequest' });

/** Most ids of one request: they travel in its address. */
export const MOST_MESSAGE_IDS = 100;

/** Which letters. What is left out does not matter; all of a reader's when nothing is given. */
const which = {
  topic: z.string().min(1).optional(),
  organization: z.string().min(1).optional(),
  environment: z.enum(['sandbox', 'test', 'live']).optional(),
  /** The cause's code, as `contract_mismatch`. */
  code: z.string().min(1).optional(),
  /** Buried at this time or later. */
  since: Instant.optional(),
  /** Buried at this time or earlier. */
  until: Instant.optional(),
  /** Message ids, comma separated. */
  ids: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.uuid()).min(1).max(MOST_MESSAGE_IDS))
    .optional(),
};
export type DeadLetterFilter = z.output<z.ZodObject<typeof which>>;

/** The query of a reader's list: oldest first. Operators look at many at once. */
export const DeadLettersListRequest = z
  .object({ ...which, limit: z.coerce.number().int().min(1).max(1000).default(100), cursor: z.string().min(1).optional() })
  .meta({ id: 'DeadLettersListRequest' });
export type DeadLettersListRequest = z.output<typeof DeadLettersListRequest>;

/** Ask for the next page with `cursor=<next_cursor>`. */
export const DeadLettersListResponse = listOf(DeadLetterResponse).meta({ id: 'DeadLettersListResponse' });
export type DeadLettersListResponse = z.output<typeof DeadLettersListResponse>;

/**
 * Brings letters back, a part at a time: per order key in the order of their numbers. Where a contract parks, what waits behind a letter
 * comes with it. Safe to ask for twice: versions decide what takes effect.
 */
export const DeadLettersReplayRequest = z
  .object({
    ...which,
    /** How many are tried in this part. */
    limit: z.coerce.number().int().min(1).max(1000).default(1000),
    cursor: z.string().min(1).optional(),
    /** Only counts: `selected`. */
    dryRun: flag(),
  })
  .meta({ id: 'DeadLettersReplayRequest' });
export type DeadLettersReplayRequest = z.output<typeof DeadLettersReplayRequest>;

export const DeadLettersReplayResponse = z
  .looseObject({
    /** How many letters there are to replay, those that wait behind others included. Counted in a dry run only, otherwise null. */
    selected: z.int().nonnegative().nullable(),
    /** The database's time of this answer. As `until` of later parts it leaves out what is buried meanwhile. */
    asOf: Instant,
    /** How many took effect and are gone. */
    replayed: z.int().nonnegative(),
    /** Those that failed again, and stay. */
    failed: z.array(z.looseObject({ messageId: Id, topic: z.string(), code: z.string(), cause: z.string() })),
    /** How many were not tried, since one before them failed. */
    waiting: z.int().nonnegative(),
    /** Where the next part goes on; null when nothing is left to try. */
    next_cursor: z.string().nullable(),
  })
  .meta({ id: 'DeadLettersReplayResponse' });
export type DeadLettersReplayResponse = z.output<typeof DeadLettersReplayResponse>;

/** Forgets letters for ever, a part at a time. What waited behind one is brought back by a replay. */
export const DeadLettersDropRequest = z
  .object({ ...which, limit: z.coerce.number().int().min(1).max(1000).default(1000), dryRun: flag() })
  .meta({ id: 'DeadLettersDropRequest' });
export type DeadLettersDropRequest = z.output<typeof DeadLettersDropRequest>;

export const DeadLettersDropResponse = z
  .looseObject({
    /** Counted in a dry run only, otherwise null. */
    selected: z.int().nonnegative().nullable(),
    asOf: Instant,
    dropped: z.int().nonnegative(),
    has_more: z.boolean(),
  })
  .meta({ id: 'DeadLettersDropResponse' });
export type DeadLettersDropResponse = z.output<typeof DeadLettersDropResponse>;

/** `true` or `false` in a query; false when absent. */
function flag() {
  return z
    .enum(['true', 'false'])
    .default('false')
    .transform((word) => word === 'true');
}
