import { lockKeys } from '@turnpike/messaging';
import type { Transaction } from '@turnpike/service';
import type { MirroredKind } from '../mirrored-kind.js';
import type { MirroredRows } from '../mirrored-rows.js';
import { orderKeyOf, type StripeObject } from '../stripe-object.js';
import type { Fill } from './fill.entity.js';

/** Of a small account a comparison is over soon. */
const SLOWEST_SECONDS = 600;
const CHECKED_PER_PAGE = 100;
const OF_KIND = 'organization = $1 and environment = $2 and connection_id = $3 and object_type = $4';

/** The test clocks of a connection that are known here. */
export async function clocksOf(transaction: Transaction, fill: Fill): Promise<string[]> {
  const rows = await transaction.sql<{ stripe_id: string }>(
    `select stripe_id from mirrored_object where ${OF_KIND} and known->>'tombstone' = 'false' order by stripe_id`,
    keyOf(fill, 'test_clock'),
  );
  return rows.map((row) => row.stripe_id);
}

/** How long a comparison waits between two pages, so that it is over after half of its days. By what is held here: Stripe does not say how much there is. */
export async function secondsBetweenPages(transaction: Transaction, fill: Fill, withinDays: number): Promise<number> {
  const [counted] = await transaction.sql<{ pages: number }>(
    `select (count(*) / 100 + 1)::int as pages from mirrored_object where ${OF_KIND}`,
    keyOf(fill, fill.objectType),
  );
  return Math.min((withinDays * 86_400) / 2 / (counted?.pages ?? 1), SLOWEST_SECONDS);
}

/**
 * Objects that were known before the walk began, that exist as far as anybody knows, and that were not in the list; in the order of their ids,
 * after the one that the walk has got to.
 */
async function missingIn(transaction: Transaction, fill: Fill): Promise<StripeObject[]> {
  const rows = await transaction.sql<{ stripe_id: string }>(
    `select stripe_id from mirrored_object
      where ${OF_KIND} and stripe_id > $5 and walked_in is distinct from $6 and met_at < $7
        and known->>'tombstone' = 'false' and known->>'standing' = 'clean'
      order by stripe_id limit $8`,
    [...keyOf(fill, fill.objectType), fill.checkedUpTo, fill.id, fill.startedAt, CHECKED_PER_PAGE],
  );
  const { organization, environment, connectionId } = fill;
  return rows.map((row) => ({ scope: { organization, environment }, connectionId, stripeId: row.stripe_id }));
}

/**
 * Puts in doubt a page of what we hold and the list did not show, and moves the walk's place: each is looked up, since it may be gone. A 404 is
 * then judged as every other (architecture rule 5).
 */
export async function doubtMissing(
  transaction: Transaction,
  rows: MirroredRows,
  kind: MirroredKind,
  fill: Fill,
): Promise<{ doubted: number; isDone: boolean }> {
  const objects = await missingIn(transaction, fill);
  await lockKeys(transaction, objects.map(orderKeyOf));
  const now = new Date();
  let doubted = 0;
  for (const object of objects) {
    const row = await rows.of(kind.type, object);
    if (row === null || row.known.tombstone || row.known.standing === 'dirty') continue;
    await rows.suspect(kind.type, object, 'drift', now);
    doubted += 1;
  }
  fill.state = 'checking';
  fill.missing += doubted;
  fill.checkedUpTo = objects.at(-1)?.stripeId ?? fill.checkedUpTo;
  return { doubted, isDone: objects.length < CHECKED_PER_PAGE };
}

function keyOf({ organization, environment, connectionId }: Fill, objectType: string): string[] {
  return [organization, environment, connectionId, objectType];
}
