import { z } from 'zod';

/** A page of a list, in the words that Stripe's callers know. Ask for the next page with `starting_after=<next_cursor>`. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.looseObject({
    object: z.literal('list'),
    data: z.array(item),
    /** Whether more lie beyond this page, in the direction that was asked for. */
    has_more: z.boolean(),
    /** The id to go on from; null when nothing more lies beyond. */
    next_cursor: z.string().nullable(),
  });
}
