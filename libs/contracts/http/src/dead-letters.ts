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

/** Which letters: all of a reader's, or those of one topic, one organization, or both. */
const which = { topic: z.string().min(1).optional(), organization: z.string().min(1).optional() };

/** The query of a reader's list: oldest first. Operators look at many at once. */
export const DeadLettersListRequest = z
  .object({ limit: z.coerce.number().int().min(1).max(1000).default(100), ...which })
  .meta({ id: 'DeadLettersListRequest' });
export type DeadLettersListRequest = z.output<typeof DeadLettersListRequest>;

export const DeadLettersListResponse = listOf(DeadLetterResponse).meta({ id: 'DeadLettersListResponse' });
export type DeadLettersListResponse = z.output<typeof DeadLettersListResponse>;

/** Brings letters back, in the order of their numbers. Safe to ask for twice: versions decide what takes effect. */
export const DeadLettersReplayRequest = z.object(which).meta({ id: 'DeadLettersReplayRequest' });
export type DeadLettersReplayRequest = z.output<typeof DeadLettersReplayRequest>;

export const DeadLettersReplayResponse = z
  .looseObject({
    /** How many took effect and are gone. */
    replayed: z.int().nonnegative(),
    /** Those that failed again, and stay. */
    failed: z.array(z.looseObject({ messageId: Id, topic: z.string(), code: z.string(), cause: z.string() })),
  })
  .meta({ id: 'DeadLettersReplayResponse' });
export type DeadLettersReplayResponse = z.output<typeof DeadLettersReplayResponse>;
