import { randomUUID } from 'node:crypto';
import type { Environment, Scope } from '@turnpike/contracts-events';
import type { Queryable, Transaction } from '@turnpike/service';
import type { StripeObject } from './stripe-object.js';

/** An object that this process alone may ask Stripe about, until its lease is over. */
export interface Leased {
  readonly object: StripeObject;
  readonly type: string;
  /** `Known.counter` when it was leased, which is before Stripe is asked. */
  readonly counter: number;
  readonly tries: number;
  readonly lease: string;
  /** Of what put it in doubt; null where nothing is traced. */
  readonly traceparent: string | null;
}

/** The wish of an object to be looked up; `dueAt` null: not any more. */
export interface FetchWish {
  readonly object: StripeObject;
  readonly type: string;
  readonly dueAt: number | null;
  readonly counter: number;
  /** It could not be looked up, and is shown as last known. */
  readonly isUnverified: boolean;
  /** It stood so at the beginning of this transaction, or in it. */
  readonly wasUnverified: boolean;
  readonly traceparent: string | null;
}

interface LeasedRow extends Record<string, unknown> {
  organization: string;
  environment: Environment;
  connection_id: string;
  object_type: string;
  stripe_id: string;
  counter: number;
  tries: number;
  traceparent: string | null;
}

/**
 * A few due objects of each connection that is not named in $3: what one account has in doubt does not keep another waiting. The
 * connections are found by hops in the index, so thousands of due objects of one cost no more than ten.
 */
const LEASE = `
with recursive connection as (
  (select organization, environment, connection_id from fetch_due order by organization, environment, connection_id limit 1)
  union all
  select following.organization, following.environment, following.connection_id
    from connection c cross join lateral (
      select organization, environment, connection_id from fetch_due f
       where (f.organization, f.environment, f.connection_id) > (c.organization, c.environment, c.connection_id)
       order by organization, environment, connection_id limit 1) following
), free as materialized (
  select * from connection c where c.organization || '/' || c.environment || '/' || c.connection_id <> all ($3::text[])
), due as (
  select d.* from free c cross join lateral (
    select f.organization, f.environment, f.connection_id, f.object_type, f.stripe_id from fetch_due f
     where f.organization = c.organization and f.environment = c.environment and f.connection_id = c.connection_id
       and f.due_at <= $1 and f.held_until <= clock_timestamp()
     order by f.due_at limit $2 for update skip locked) d
)
update fetch_due f set lease = $4, held_until = clock_timestamp() + make_interval(secs => $5)
  from due
 where f.organization = due.organization and f.environment = due.environment and f.connection_id = due.connection_id
   and f.object_type = due.object_type and f.stripe_id = due.stripe_id
returning f.organization, f.environment, f.connection_id, f.object_type, f.stripe_id, f.counter, f.tries, f.traceparent`;

const PUT_OFF = `update fetch_due
  set lease = null, held_until = clock_timestamp() + make_interval(secs => $6), tries = tries + $7
  where organization = $1 and environment = $2 and connection_id = $3 and object_type = $4 and stripe_id = $5 and lease = $8`;

const HOLD = `update fetch_due set held_until = clock_timestamp() + make_interval(secs => $2) where lease = any ($1::uuid[])`;

const GIVE_BACK = `update fetch_due set lease = null, held_until = '-infinity', tries = 0
  where organization = $1 and environment = $2 and connection_id = $3 and object_type = $4 and stripe_id = $5 and lease = $6 returning 1`;

const WISH = `insert into fetch_due (organization, environment, connection_id, object_type, stripe_id, due_at, counter, traceparent)
  select $1, w.environment, w.connection_id, w.object_type, w.stripe_id, w.due_at, w.counter, w.traceparent
    from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::int[], $8::text[]) as w(environment, connection_id, object_type, stripe_id, due_at, counter, traceparent)
  on conflict (organization, environment, connection_id, object_type, stripe_id)
  do update set due_at = excluded.due_at, counter = excluded.counter, traceparent = coalesce(excluded.traceparent, fetch_due.traceparent)`;

const WISH_NO_MORE = `delete from fetch_due f
  using unnest($2::text[], $3::text[], $4::text[], $5::text[]) as w(environment, connection_id, object_type, stripe_id)
  where f.organization = $1 and f.environment = w.environment and f.connection_id = w.connection_id and f.object_type = w.object_type and f.stripe_id = w.stripe_id`;

const UNVERIFIED = `insert into unverified_object (organization, environment, connection_id, object_type, stripe_id)
  select $1, w.environment, w.connection_id, w.object_type, w.stripe_id
    from unnest($2::text[], $3::text[], $4::text[], $5::text[]) as w(environment, connection_id, object_type, stripe_id)
  on conflict do nothing`;

const VERIFIED = `delete from unverified_object u
  using unnest($2::text[], $3::text[], $4::text[], $5::text[]) as w(environment, connection_id, object_type, stripe_id)
  where u.organization = $1 and u.environment = w.environment and u.connection_id = w.connection_id and u.object_type = w.object_type and u.stripe_id = w.stripe_id`;

const WISH_UNVERIFIED = `insert into fetch_due (organization, environment, connection_id, object_type, stripe_id, due_at, counter)
  select organization, environment, connection_id, object_type, stripe_id, $4, (known->>'counter')::int from mirrored_object
   where organization = $1 and environment = $2 and connection_id = $3 and known->>'unverifiedBecause' = any ($5::text[])
  on conflict do nothing returning 1`;

/** Leases due objects over all organizations, as the infrastructure role. */
export class FetchQueue {
  constructor(private readonly infrastructure: Queryable) {}

  /**
   * @param busy connections to leave alone, as `connectionKeyOf` names them
   * @param perConnection at most so many of each
   */
  async lease(options: { now: Date; perConnection: number; busy: readonly string[]; seconds: number }): Promise<Leased[]> {
    const lease = randomUUID();
    const { rows } = await this.infrastructure.query<LeasedRow>(LEASE, [
      options.now,
      options.perConnection,
      options.busy,
      lease,
      options.seconds,
    ]);
    return rows.map((row) => ({
      object: {
        scope: { organization: row.organization, environment: row.environment },
        connectionId: row.connection_id,
        stripeId: row.stripe_id,
      },
      type: row.object_type,
      counter: row.counter,
      tries: row.tries,
      lease,
      traceparent: row.traceparent,
    }));
  }

  /** Keeps leases for so long from now on. @param leases as `Leased.lease` names them; those that were given back or lost are no more */
  async hold(leases: readonly string[], seconds: number): Promise<void> {
    await this.infrastructure.query(HOLD, [leases, seconds]);
  }

  /** Gives a lease up; nobody asks about the object for so long. @param failures 1 when Stripe was asked in vain */
  async putOff(leased: Leased, seconds: number, failures: 0 | 1): Promise<void> {
    await this.infrastructure.query(PUT_OFF, [...keyOf(leased), seconds, failures, leased.lease]);
  }
}

/**
 * Gives a lease back in the transaction of the answer. False when it is not held any more: another has asked since, or the doubt is over,
 * and this answer is older than what is known.
 */
export async function giveBack(transaction: Transaction, leased: Leased): Promise<boolean> {
  return (await transaction.sql(GIVE_BACK, [...keyOf(leased), leased.lease])).length === 1;
}

/** Writes the wishes of one transaction. Who holds the object's order key holds its wish. */
export async function wish(transaction: Transaction, wishes: readonly FetchWish[]): Promise<void> {
  const wanted = wishes.filter(({ dueAt }) => dueAt !== null);
  const settled = wishes.filter(({ dueAt }) => dueAt === null);
  if (wanted.length > 0) {
    await transaction.sql(WISH, [
      transaction.organization,
      ...columnsOf(wanted),
      wanted.map(({ dueAt }) => new Date(dueAt ?? 0)),
      wanted.map(({ counter }) => counter),
      wanted.map((one) => one.traceparent),
    ]);
  }
  if (settled.length > 0) await transaction.sql(WISH_NO_MORE, [transaction.organization, ...columnsOf(settled)]);
  const unverified = wishes.filter(({ isUnverified }) => isUnverified);
  const verified = wishes.filter(({ isUnverified, wasUnverified }) => wasUnverified && !isUnverified);
  if (unverified.length > 0) await transaction.sql(UNVERIFIED, [transaction.organization, ...columnsOf(unverified)]);
  if (verified.length > 0) await transaction.sql(VERIFIED, [transaction.organization, ...columnsOf(verified)]);
}

function columnsOf(wishes: readonly FetchWish[]): string[][] {
  return [
    wishes.map(({ object }) => object.scope.environment),
    wishes.map(({ object }) => object.connectionId),
    wishes.map(({ type }) => type),
    wishes.map(({ object }) => object.stripeId),
  ];
}

function keyOf({ object, type }: Leased): string[] {
  const { scope, connectionId, stripeId } = object;
  return [scope.organization, scope.environment, connectionId, type, stripeId];
}

/** One connection over all organizations. */
export function connectionKeyOf({ scope, connectionId }: StripeObject): string {
  return `${scope.organization}/${scope.environment}/${connectionId}`;
}

/** Wishes for all objects of a connection that could not be looked up for one of these reasons. @returns how many */
export async function wishUnverified(
  transaction: Transaction,
  { organization, environment }: Scope,
  connectionId: string,
  reasons: readonly string[],
  now: Date,
): Promise<number> {
  return (await transaction.sql(WISH_UNVERIFIED, [organization, environment, connectionId, now, reasons])).length;
}
