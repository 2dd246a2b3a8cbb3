import { z } from 'zod';
import { defineTopic } from './define-topic.js';
import { withoutScope } from './envelope.js';
import { Id, Instant } from './fields.js';

/** What became known of a message that could not take effect. Never its payload: that stays in the reader's database. */
export const DeadLetterData = z.object({
  /** Which message: the topic, its partition, and where in it. */
  topic: z.string().min(1),
  partition: z.int().nonnegative(),
  epoch: z.int().nonnegative(),
  /** A whole number as text: it may outgrow what JSON numbers hold exactly. */
  number: z.string().regex(/^[0-9]+$/),
  /** As they stood on the wire: `organization/environment/…`. */
  key: z.string().min(1),
  orderKey: z.string().min(1),
  messageId: Id,
  /** A stable code and a sentence, without values of the payload. */
  cause: z.object({ code: z.string().min(1), message: z.string() }),
  /** How often it was tried before. 0: it was refused unseen, as what is parked behind another is. */
  attempts: z.int().nonnegative(),
  buriedAt: Instant,
  /** `parked`: nothing is wrong with it, but an earlier one of the same order key is buried. */
  state: z.enum(['buried', 'parked']),
});

/**
 * A reader's dead letters: one topic per reader, not per topic it reads. Key and order are the original's, so that the letters of one
 * object lie in the object's own partition, in its order.
 *
 * Burial `heals`: a letter is only the news of a row that stays in the reader's `dead_letter` table and can be listed there, so a
 * listener that had to skip one has lost nothing that it cannot ask for. `parks` would hold back later bad news behind earlier bad
 * news; letters about one key do not build on each other.
 */
export function defineDeadLetters<const Reader extends string>(reader: Reader) {
  return defineTopic({
    name: `${reader}.dead-letters`,
    kind: 'log',
    burial: 'heals',
    key: (letter) => withoutScope(letter.key),
    order: (letter) => withoutScope(letter.orderKey),
    data: DeadLetterData,
  });
}
