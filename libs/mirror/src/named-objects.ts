import type { Environment, Scope } from '@turnpike/contracts-events';
import { lockKeys } from '@turnpike/messaging';
import type { Transaction } from '@turnpike/service';
import type { JsonObject } from '@turnpike/stripe';
import type { Heard } from './mirror.js';
import type { MirroredKind, NamedObject } from './mirrored-kind.js';
import { keyOf, orderKeyOf, type StripeObject } from './stripe-object.js';

/** How long a batch waits for another that holds an object that its own objects name, before it is given back and repeated. */
const WAIT_FOR_NAMED_MS = 200;

/** For `@OnTopic(…, { alsoLocks })`: the order keys of what the event's object names, and what its kind asks for. */
export function locksOf(kinds: readonly Pick<MirroredKind, 'hears' | 'names' | 'alsoLocks'>[], { scope, data }: Heard): readonly string[] {
  const kind = kindOf(kinds, data.type);
  return kind ? locksIn(kind, scope, data.connectionId, data.object) : [];
}

type Naming = Pick<MirroredKind, 'names' | 'alsoLocks'>;

export function locksIn(kind: Naming, scope: Scope, connectionId: string, object: JsonObject | null): readonly string[] {
  if (object === null) return [];
  const named = namesIn(kind, object).map(({ stripeId }) => orderKeyOf({ scope, connectionId, stripeId }));
  return [...named, ...(kind.alsoLocks?.(scope, object) ?? [])];
}

export function namesIn(kind: Naming, object: JsonObject | null): readonly NamedObject[] {
  return object === null ? [] : (kind.names?.(object) ?? []);
}

export function kindOf<K extends Pick<MirroredKind, 'hears'>>(kinds: readonly K[], eventType: string): K | undefined {
  return kinds.find((kind) => kind.hears(eventType));
}

/**
 * The reader has locked what an event names with its batch. Where that is not so the lock comes late, and two such transactions could
 * wait for each other: they do so for a fifth of a second, and lock_not_available is an error that is repeated.
 */
export async function lockLate(transaction: Transaction, key: string): Promise<void> {
  const [lock] = await transaction.sql<{ got: boolean }>('select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as got', [key]);
  if (lock?.got === true) return;
  await transaction.sql(`select set_config('lock_timeout', $1, true)`, [`${WAIT_FOR_NAMED_MS}ms`]);
  await lockKeys(transaction, [key]);
  await transaction.sql(`select set_config('lock_timeout', '0', true)`);
}

/** Objects by their kinds, each once. */
export class ObjectsByType {
  private readonly byType = new Map<string, Map<string, StripeObject>>();

  add(type: string, object: StripeObject): void {
    const ofType = this.byType.get(type) ?? new Map<string, StripeObject>();
    this.byType.set(type, ofType.set(orderKeyOf(object), object));
  }

  of(type: string): readonly StripeObject[] {
    return [...(this.byType.get(type)?.values() ?? [])];
  }
}

/** One by one through the primary key: a join would be planned once, while the table is small, and read all of it ever after. */
const REMEMBERED = `select named.environment, named.connection_id, named.stripe_id
  from unnest($3::text[], $4::text[], $5::text[]) as named(environment, connection_id, stripe_id)
 cross join lateral (
   select 1 from mirrored_object m
    where m.organization = $1 and m.environment = named.environment and m.connection_id = named.connection_id
      and m.object_type = $2 and m.stripe_id = named.stripe_id
    limit 1) m`;

/** The keys of those objects of which anything is remembered. */
export async function rememberedOf(transaction: Transaction, type: string, objects: readonly StripeObject[]): Promise<ReadonlySet<string>> {
  if (objects.length === 0) return new Set();
  const { organization } = transaction;
  const rows = await transaction.sql<{ environment: Environment; connection_id: string; stripe_id: string }>(REMEMBERED, [
    organization,
    type,
    objects.map(({ scope }) => scope.environment),
    objects.map(({ connectionId }) => connectionId),
    objects.map(({ stripeId }) => stripeId),
  ]);
  return new Set(
    rows.map((row) =>
      keyOf(type, { scope: { organization, environment: row.environment }, connectionId: row.connection_id, stripeId: row.stripe_id }),
    ),
  );
}
