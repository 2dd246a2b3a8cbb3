import { defineDeadLetters, defineTopic } from '@turnpike/contracts-events';
import { z } from 'zod';

const counted = z.object({
  counter: z.string(),
  version: z.int().positive(),
  /** What the reader's handler is told to do wrong with it. */
  poison: z.enum(['bug', 'domain', 'unavailable']).optional(),
  /** How many milliseconds the reader's handler takes for it. */
  takesMs: z.int().positive().optional(),
  /** Makes a message as big as a test needs it. */
  filling: z.string().optional(),
});

/** State whose every version is counted by its reader, so that a lost or doubled effect shows. */
export const Counted = defineTopic({
  name: 'writer.counted.changed.v1',
  kind: 'state',
  burial: 'heals',
  key: (one) => one.counter,
  order: (one) => one.counter,
  data: counted,
});

/** The same as happenings that do not commute: what follows a buried one waits for it. */
export const Posted = defineTopic({
  name: 'writer.counted.posted.v1',
  kind: 'log',
  burial: 'parks',
  key: (one) => one.counter,
  order: (one) => one.counter,
  data: counted,
});

export const ReaderDeadLetters = defineDeadLetters('reader');
export const WriterDeadLetters = defineDeadLetters('writer');

export const COUNTING_TOPICS = [Counted, Posted, ReaderDeadLetters, WriterDeadLetters];
