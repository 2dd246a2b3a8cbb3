import { integer, type Raw, text } from './parameters.js';
import type { RawHash } from './form.js';
import type { Listing } from './route.js';
import type { StripeObject } from './state.js';
import { invalidRequest } from './stripe-error.js';

export interface Page {
  readonly limit: number;
  readonly startingAfter: string | undefined;
  readonly endingBefore: string | undefined;
}

export interface ListBody {
  readonly object: 'list';
  readonly data: readonly StripeObject[];
  readonly has_more: boolean;
  readonly url: string;
}

const DEFAULT_LIMIT = 10;
const limit = integer({ min: 1, max: 100 });
const cursor = text();

/** Takes the parameters of paging out of a list's, and gives the rest (G1). */
export function readPage(raw: RawHash): { page: Page; rest: RawHash } {
  const { limit: most, starting_after, ending_before, ...rest } = raw;
  const read = (value: Raw | undefined, name: string) => (value === undefined ? undefined : cursor.read(value, name));
  const page = {
    limit: most === undefined ? DEFAULT_LIMIT : limit.read(most, 'limit'),
    startingAfter: read(starting_after, 'starting_after'),
    endingBefore: read(ending_before, 'ending_before'),
  };
  if (page.startingAfter !== undefined && page.endingBefore !== undefined) {
    throw invalidRequest('You may only specify one of these parameters: starting_after, ending_before.', { param: 'ending_before' });
  }
  if (rest.ids !== undefined && (page.startingAfter !== undefined || page.endingBefore !== undefined)) {
    // G11: who names the objects has no use for pages of them.
    throw invalidRequest('You may not use ids together with starting_after or ending_before.', { param: 'ids' });
  }
  return { page, rest };
}

/**
 * Cuts a page (G2). Going backwards (`ending_before`) gives the objects next to the cursor, still newest first: who catches up asks for
 * the page before the newest seen, until there is no more (B16).
 */
export function pageOf(listing: Listing, page: Page): ListBody {
  const { all, url, name } = listing;
  if (page.endingBefore !== undefined) {
    const end = placeOf(all, page.endingBefore, name, 'ending_before');
    const start = Math.max(0, end - page.limit);
    return { object: 'list', data: all.slice(start, end), has_more: start > 0, url };
  }
  const start = page.startingAfter === undefined ? 0 : placeOf(all, page.startingAfter, name, 'starting_after') + 1;
  return { object: 'list', data: all.slice(start, start + page.limit), has_more: all.length > start + page.limit, url };
}

function placeOf(all: readonly StripeObject[], id: string, name: string, param: string): number {
  const place = all.findIndex((one) => one.id === id);
  if (place < 0) throw invalidRequest(`No such ${name}: '${id}'`, { code: 'resource_missing', param });
  return place;
}
