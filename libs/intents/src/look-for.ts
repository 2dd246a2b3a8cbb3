import { isJsonObject, type JsonObject } from '@turnpike/stripe';
import type Stripe from 'stripe';
import type { LookFor } from './stripe-intent.entity.js';

const PAGE = 100;
/** Ten thousand objects; beyond that somebody has to look. */
const MOST_PAGES = 100;

/**
 * The object that an earlier try of a write made, found by what it carries of ours. Lists are read and not the search, which lags behind.
 * @returns null when there is none. Throws what the SDK throws
 */
export async function foundAtStripe(stripe: Stripe, { path, params, metadata }: LookFor): Promise<JsonObject | null> {
  let after: Readonly<Record<string, string>> = {};
  for (let page = 0; page < MOST_PAGES; page += 1) {
    // The SDK takes parameters of a raw GET as part of the path alone.
    const query = new URLSearchParams({ ...params, ...after, limit: String(PAGE) });
    const list: unknown = await stripe.rawRequest('GET', `${path}?${query}`, undefined, { maxNetworkRetries: 2 });
    const objects = isJsonObject(list) && Array.isArray(list['data']) ? list['data'].filter(isJsonObject) : [];
    const found = objects.find((object) => carries(object, metadata));
    if (found) return found;
    const last = objects.at(-1)?.['id'];
    if (!isJsonObject(list) || list['has_more'] !== true || typeof last !== 'string') return null;
    after = { starting_after: last };
  }
  throw new Error(`${path} has more than ${MOST_PAGES * PAGE} objects: what was written before is not among the newest.`);
}

function carries(object: JsonObject, metadata: Readonly<Record<string, string>>): boolean {
  const written = object['metadata'];
  return isJsonObject(written) && Object.entries(metadata).every(([key, value]) => written[key] === value);
}
