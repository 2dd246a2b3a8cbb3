import { InputInvalid } from './problem.filter.js';

/** The part of a list's query that turns pages: newest first, from an id onwards or up to one. */
export interface PageRequest {
  readonly limit: number;
  readonly starting_after?: string | undefined;
  readonly ending_before?: string | undefined;
}

/**
 * The condition on `id` that a page begins at.
 * @param isId whether a text can be an id of what is listed
 * @throws InputInvalid for a cursor that is none
 */
export function pageWhere({ starting_after: after, ending_before: before }: PageRequest, isId: (text: string) => boolean) {
  return {
    ...(after === undefined ? {} : { id: { $lt: cursor(after, '/starting_after', isId) } }),
    ...(before === undefined ? {} : { id: { $gt: cursor(before, '/ending_before', isId) } }),
  };
}

/** Order and limit of the query: one row more than the page has, to see whether anything lies beyond. */
export function pageOptions({ limit, ending_before: before }: PageRequest): { orderBy: { id: 'asc' | 'desc' }; limit: number } {
  return { orderBy: { id: before === undefined ? 'desc' : 'asc' }, limit: limit + 1 };
}

/** The answer, from the rows that such a query found. */
export function pageOf<R extends { readonly id: string }, T>(request: PageRequest, rows: readonly R[], toResponse: (row: R) => T) {
  const isBackwards = request.ending_before !== undefined;
  const found = rows.slice(0, request.limit);
  const page = isBackwards ? found.toReversed() : found;
  const hasMore = rows.length > request.limit;
  const goOnFrom = isBackwards ? page[0] : page.at(-1);
  return {
    object: 'list' as const,
    data: page.map(toResponse),
    has_more: hasMore,
    next_cursor: hasMore ? (goOnFrom?.id ?? null) : null,
  };
}

function cursor(text: string, pointer: string, isId: (text: string) => boolean): string {
  if (isId(text)) return text;
  throw new InputInvalid([
    { pointer, code: 'invalid_cursor', message: 'is not an id of what is listed; take next_cursor of an earlier answer' },
  ]);
}
