import { StripeEventReceived } from '@turnpike/contracts-events';
import type { ServiceRoad } from '@turnpike/messaging';
import { type Database, type DeclaredScope, traced, type Transaction } from '@turnpike/service';
import type { StripeEvent } from '@turnpike/stripe';
import type { BodyCipher } from './body-cipher.js';
import type { Outcome } from './stripe-event.entity.js';
import { objectTypeOf, toStripeEventReceived } from './stripe-event.mapping.js';
import { outcomeOf } from './stripe-event.rules.js';

/** Whose events come in, and of which mode they must be. */
export interface ReceivingConnection extends DeclaredScope {
  readonly id: string;
  readonly livemode: boolean;
}

/** One verified delivery of one event. */
export interface Delivery {
  readonly connection: ReceivingConnection;
  readonly event: StripeEvent;
  /** The bytes as they came. */
  readonly body: Buffer;
  readonly receivedAt: Date;
  /** Of the request that brought it: a batch stores those of several. */
  readonly traceparent?: string | null;
}

export interface StoredDelivery {
  /** The event was here before; nothing was done again. */
  readonly duplicate: boolean;
  readonly outcome: Outcome;
}

/**
 * One statement for events and bodies: what is new by the first insert is all that the second keeps. Rows come in the order of their
 * keys, so that two replicas that store the same events wait for each other and never in a ring. The bodies are one parameter, cut up by
 * the server: as an array they would travel in hexadecimal. The answer names what is new only when not all of it is.
 */
const STORE = `
with told as (
  select * from unnest($2::text[], $3::text[], $4::date[], $5::text[], $6::timestamptz[], $7::text[], $8::text[], $9::text[], $10::boolean[], $11::text[], $12::text[], $13::text[], $14::timestamptz[], $15::date[], $16::text[], $17::int[], $18::int[])
    as t(environment, connection_id, created_month, event_id, created_at, type, object_type, object_id, livemode, api_version, account, outcome, received_at, received_on, key_id, body_start, body_length)
), fresh as (
  insert into stripe_event (organization, environment, connection_id, created_month, event_id, created_at, type, object_type, object_id, livemode, api_version, account, outcome, received_at)
  select $1, environment, connection_id, created_month, event_id, created_at, type, object_type, object_id, livemode, api_version, account, outcome, received_at from told
  on conflict do nothing
  returning connection_id, event_id
), kept as (
  insert into stripe_event_body (organization, environment, connection_id, received_on, event_id, received_at, key_id, body)
  select $1, environment, connection_id, received_on, event_id, received_at, key_id, substring($19::bytea from body_start for body_length)
    from told join fresh using (connection_id, event_id)
)
select case when count(*) = cardinality($5::text[]) then null else coalesce(array_agg(connection_id || '/' || event_id), '{}') end as fresh from fresh`;

const KNOWN = `select event_id from stripe_event
  where organization = $1 and environment = $2 and connection_id = $3 and (created_month, event_id) in (select * from unnest($4::date[], $5::text[]))`;

/** Stores what Stripe tells, once, and passes it on. */
export class StripeEventsService {
  constructor(
    private readonly database: Database,
    private readonly outbox: ServiceRoad['outbox'],
    private readonly cipher: BodyCipher,
  ) {}

  /** Stores deliveries of one organization and announces what is new, in one transaction. @returns what became of each, in order */
  store(organization: string, deliveries: readonly Delivery[]): Promise<StoredDelivery[]> {
    const parents = deliveries.flatMap(({ traceparent }) => traceparent ?? []);
    const facts = { 'turnpike.organization': organization, 'turnpike.deliveries': deliveries.length };
    const belongsTo = deliveries.length === 1 ? { from: parents[0] } : { links: parents };
    return traced('gateway', { name: 'store deliveries', facts, ...belongsTo }, () => this.storeTogether(organization, deliveries));
  }

  private async storeTogether(organization: string, deliveries: readonly Delivery[]): Promise<StoredDelivery[]> {
    const firsts = new Map<string, Delivery>();
    for (const delivery of deliveries) {
      const key = keyOf(delivery.connection.id, delivery.event.id);
      if (!firsts.has(key)) firsts.set(key, delivery);
    }
    const rows = [...firsts].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, delivery]) => delivery);
    const fresh = await this.database.transaction(organization, async (transaction) => {
      const keys = await this.insert(transaction, rows);
      for (const [key, delivery] of firsts) {
        if (keys.has(key)) this.announce(delivery);
      }
      return keys;
    });
    return deliveries.map((delivery) => {
      const key = keyOf(delivery.connection.id, delivery.event.id);
      return { duplicate: !fresh.has(key) || firsts.get(key) !== delivery, outcome: outcomeOf(delivery.event, delivery.connection) };
    });
  }

  /** Which of these events are stored. @param events each with Stripe's `created`, in seconds */
  async known(connection: ReceivingConnection, events: ReadonlyArray<{ id: string; created: number }>): Promise<ReadonlySet<string>> {
    if (events.length === 0) return new Set();
    const { organization, environment, id } = connection;
    const months = events.map(monthOf);
    const ids = events.map((event) => event.id);
    const rows = await this.database.transaction(organization, ({ sql }) =>
      sql<{ event_id: string }>(KNOWN, [organization, environment, id, months, ids]),
    );
    return new Set(rows.map((row) => row.event_id));
  }

  /** Call inside a transaction of the connection's organization. @returns whether it was told: an event of the other mode is not */
  announce({ connection, event, body, receivedAt, traceparent }: Delivery): boolean {
    if (outcomeOf(event, connection) !== 'announced') return false;
    const told = toStripeEventReceived(event, { connectionId: connection.id, receivedAt, bodyBytes: body.length });
    const scope = { organization: connection.organization, environment: connection.environment };
    this.outbox.announce(StripeEventReceived, scope, told, traceparent);
    return true;
  }

  private async insert(transaction: Transaction, deliveries: readonly Delivery[]): Promise<Set<string>> {
    const bodies = deliveries.map(({ connection, event, body, receivedAt }) =>
      this.cipher.seal(
        {
          organization: connection.organization,
          environment: connection.environment,
          connectionId: connection.id,
          eventId: event.id,
          receivedOn: dayOf(receivedAt),
        },
        body,
      ),
    );
    let end = 1;
    const starts = bodies.map(({ sealed }) => (end += sealed.length) - sealed.length);
    const column = <T>(value: (delivery: Delivery) => T): T[] => deliveries.map(value);
    const [stored] = await transaction.sql<{ fresh: string[] | null }>(STORE, [
      transaction.organization,
      column(({ connection }) => connection.environment),
      column(({ connection }) => connection.id),
      column(({ event }) => monthOf(event)),
      column(({ event }) => event.id),
      column(({ event }) => createdAtOf(event)),
      column(({ event }) => event.type),
      column(({ event }) => objectTypeOf(event)),
      column(({ event }) => event.objectId),
      column(({ event }) => event.livemode),
      column(({ event }) => event.apiVersion),
      column(({ event }) => event.account),
      column(({ event, connection }) => outcomeOf(event, connection)),
      column(({ receivedAt }) => receivedAt.toISOString()),
      column(({ receivedAt }) => dayOf(receivedAt)),
      bodies.map(({ keyId }) => keyId),
      starts,
      bodies.map(({ sealed }) => sealed.length),
      Buffer.concat(bodies.map(({ sealed }) => sealed)),
    ]);
    return new Set(stored?.fresh ?? deliveries.map(({ connection, event }) => keyOf(connection.id, event.id)));
  }
}

/** A connection id has no slash (its schema says so). */
function keyOf(connectionId: string, eventId: string): string {
  return `${connectionId}/${eventId}`;
}

/** The first day of the month that the event stands under. */
function monthOf(event: Pick<StripeEvent, 'created'>): string {
  return `${createdAtOf(event).slice(0, 'YYYY-MM'.length)}-01`;
}

function createdAtOf(event: Pick<StripeEvent, 'created'>): string {
  return new Date(event.created * 1000).toISOString();
}

/** UTC, `2026-11-21`. */
export function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}
