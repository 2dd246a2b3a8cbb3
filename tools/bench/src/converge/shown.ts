import type { Databases } from './ours.js';
import type { Played } from './play.js';
import { expectedOf, type Expected } from './stripe-objects.js';

/** What a system shows of an object, and how far it trusts it. Only what is confirmed can be right. */
export interface Shown {
  readonly standing: string;
  readonly shows: Expected;
}

export const CONFIRMED = 'confirmed';

/** Turnpike's words for a subscription's status are Stripe's, for those that the model has. */
export async function shownByOurs(databases: Databases): Promise<ReadonlyMap<string, Shown>> {
  const shown = new Map<string, Shown>();
  const { rows: customers } = await databases
    .inside('customers')
    .query<{ stripe_id: string; name: string; email: string; standing: string; is_deleted: boolean }>(
      'select stripe_id, name, email, standing, deleted_at is not null as is_deleted from customer',
    );
  for (const row of customers)
    shown.set(row.stripe_id, {
      standing: row.standing,
      shows: { kind: 'customer', isDeleted: row.is_deleted, name: row.name, email: row.email },
    });
  const { rows: subscriptions } = await databases
    .inside('customers')
    .query<{ stripe_id: string; status: string; standing: string; quantities: number[] }>(
      `select stripe_id, status, standing,
              array(select (item->>'quantity')::int from jsonb_array_elements(items) item order by item->>'stripeId') as quantities
         from subscription`,
    );
  for (const row of subscriptions)
    shown.set(row.stripe_id, {
      standing: row.standing,
      shows: { kind: 'subscription', status: row.status, quantities: row.quantities },
    });
  const { rows: products } = await databases
    .inside('catalog')
    .query<{ stripe_id: string; name: string; is_active: boolean; standing: string; is_deleted: boolean }>(
      `select stripe_id, known->'payload'->>'name' as name, (known->'payload'->>'isActive')::boolean as is_active,
              case when known->>'standing' = 'clean' and not (known->>'unverified')::boolean then 'confirmed' else 'dirty' end as standing, (known->>'tombstone')::boolean as is_deleted
         from mirrored_object where object_type = 'product'`,
    );
  for (const row of products)
    shown.set(row.stripe_id, {
      standing: row.standing,
      shows: { kind: 'product', isDeleted: row.is_deleted, name: row.name, isActive: row.is_active },
    });
  return shown;
}

/** An object that ended otherwise than at Stripe. */
export interface WrongEnd {
  readonly objectId: string;
  readonly family: string;
  readonly wasDropped: boolean;
  readonly hasLongList: boolean;
  readonly truth: Expected;
  readonly shown: Shown | null;
}

export function wrongEndsOf(played: Played, shown: ReadonlyMap<string, Shown>): WrongEnd[] {
  return played.histories.flatMap(({ history, account, objectId }) => {
    const truth = account.truthOf(objectId);
    // The first step of a history may be all of it, but it is one.
    if (truth === null) throw new Error(`${objectId} never was.`);
    const expected = expectedOf(history, truth);
    const row = shown.get(objectId);
    if (row?.standing === CONFIRMED && isShown(row.shows, expected)) return [];
    return [
      {
        objectId,
        family: history.family.name,
        wasDropped: played.dropped.has(objectId),
        hasLongList: history.items > 10,
        truth: expected,
        shown: row ?? null,
      },
    ];
  });
}

/** Of what is gone, only that it is gone: what it was may stay known. */
function isShown(shown: Expected, truth: Expected): boolean {
  if (truth.kind !== 'subscription' && truth.isDeleted) return shown.kind === truth.kind && shown.isDeleted;
  return JSON.stringify(shown) === JSON.stringify(truth);
}
