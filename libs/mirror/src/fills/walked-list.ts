import { setTimeout as pause } from 'node:timers/promises';
import { answeredAt, isJsonObject, isRateLimited, isUnclear, type JsonObject, stripeErrorOf } from '@turnpike/stripe';
import type Stripe from 'stripe';
import type { ListPageRequest, ListWalk } from '../list-walk.js';
import type { MirroredKind } from '../mirrored-kind.js';
import type { ListedEntry, ListedPage } from './listed-page.js';
import type { Segment } from './segment.rules.js';

const PER_PAGE = 100;
/** A page that fails in passing (429, 5xx, no answer) is asked for again at once, and so often; then the walk is put off. */
const TRIES = 4;
const FIRST_PAUSE_MS = 150;

/** The object that the cursor names is gone at Stripe: the list cannot go on from it. */
export class CursorGone extends Error {}

/**
 * One page of Stripe's list, read. Outside any transaction.
 * @throws CursorGone; otherwise what the SDK throws, after a few tries
 */
export async function pageOf(kind: MirroredKind, walk: ListWalk, stripe: Stripe, segment: Segment): Promise<ListedPage> {
  const request = requestOf(segment);
  for (let tries = 1; ; tries += 1) {
    const askedAt = performance.now();
    try {
      const answer = await walk.list(stripe, request);
      const took = (performance.now() - askedAt) / 1000;
      const entries = answer.data.map((entry) => entryOf(kind, walk, entry));
      return { entries, hasMore: answer.has_more, date: answeredAt(answer), took };
    } catch (error) {
      if (segment.cursor !== null && stripeErrorOf(error)?.code === 'resource_missing')
        throw new CursorGone(segment.cursor, { cause: error });
      if (tries === TRIES || !(isRateLimited(error) || isUnclear(error))) throw error;
      await pause(FIRST_PAUSE_MS * 2 ** tries * (0.5 + Math.random() / 2));
    }
  }
}

function requestOf({ clockId, cursor, fromAt, toAt }: Segment): ListPageRequest {
  const created = { ...(fromAt === null ? {} : { gte: fromAt }), ...(toAt === null ? {} : { lt: toAt }) };
  return {
    limit: PER_PAGE,
    ...(cursor === null ? {} : { starting_after: cursor }),
    ...(fromAt === null && toAt === null ? {} : { created }),
    ...(clockId === null ? {} : { test_clock: clockId }),
  };
}

function entryOf(kind: MirroredKind, walk: ListWalk, entry: object): ListedEntry {
  // As it came over the wire: the SDK makes objects of decimals and hangs its own on them.
  const object: unknown = JSON.parse(JSON.stringify(entry));
  if (!isJsonObject(object) || typeof object['id'] !== 'string')
    throw new Error(`Stripe listed something without an id as a ${kind.type}.`);
  const { id: stripeId, created } = object;
  const payload = payloadOf(kind, object);
  const isWhole = payload === null || (walk.isWhole?.(object) ?? true);
  return { stripeId: String(stripeId), createdAt: typeof created === 'number' ? created : null, object, payload, isWhole };
}

/** Null: it holds something that this version does not know. That is found again, and told, when it is looked up. */
function payloadOf(kind: MirroredKind, object: JsonObject): JsonObject | null {
  try {
    return kind.read(object);
  } catch {
    return null;
  }
}
