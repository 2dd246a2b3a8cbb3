import { z } from 'zod';

/** Whether the query of a list asks for the page after an id or for the one before an id, and not for both. */
export function goesOneWay(query: { starting_after?: string | undefined; ending_before?: string | undefined }): boolean {
  return query.starting_after === undefined || query.ending_before === undefined;
}

export const ONE_WAY = { path: ['ending_before'], message: 'Give starting_after or ending_before, not both.' };

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
