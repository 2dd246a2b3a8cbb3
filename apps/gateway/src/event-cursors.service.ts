import type { Database, Transaction } from '@turnpike/service';
import type { EventCursor } from './event-cursor.entity.js';
import type { ConnectionRow } from './known-connections.service.js';

/** Longer than a page takes: a replica that was killed lets go after this. */
const LEASE = `interval '60 seconds'`;
const WHERE = `where organization = $1 and environment = $2 and connection_id = $3`;

export type Cursor = Pick<
  EventCursor,
  'eventId' | 'eventSeenAt' | 'rereadFrom' | 'knownUntil' | 'horizonEventId' | 'horizonAt' | 'walkedBackTo' | 'failures'
>;

/** As dates come out of a plain query. */
interface CursorRow extends Record<string, unknown> {
  event_id: string | null;
  event_seen_at: string | null;
  reread_from: string | null;
  known_until: string | null;
  horizon_event_id: string | null;
  horizon_at: string | null;
  walked_back_to: string | null;
  failures: number;
}

const TAKE = `insert into event_cursor as cursor (organization, environment, connection_id, next_at, leased_until, failures)
  values ($1, $2, $3, now(), now() + ${LEASE}, 0)
  on conflict (organization, environment, connection_id) do update set leased_until = excluded.leased_until, revision = cursor.revision + 1
  where cursor.leased_until <= now()
    and (cursor.next_at <= now() or coalesce(cursor.looked_at < now() - make_interval(secs => $4), true))
  returning event_id, event_seen_at::text, reread_from, known_until::text, horizon_event_id, horizon_at::text, walked_back_to, failures`;

const MOVE = `update event_cursor set event_id = $4, event_seen_at = $5, walked_back_to = null,
  reread_from = case when $6 then null else reread_from end, leased_until = now() + ${LEASE}, revision = revision + 1 ${WHERE}`;

const WALK_BACK = `update event_cursor set walked_back_to = $4, leased_until = now() + ${LEASE}, revision = revision + 1 ${WHERE}`;

const KNOW = `update event_cursor set known_until = $4, horizon_event_id = null, horizon_at = null, revision = revision + 1 ${WHERE}`;

const SET_HORIZON = `update event_cursor set horizon_event_id = $4, horizon_at = $5, revision = revision + 1 ${WHERE}`;

/** Stripe's list is in the order of stamps that are off by a second or two: for so long an event may still turn up behind others. */
const SETTLED = `(reread_from is null or reread_since is null or reread_since < now() - interval '10 seconds')`;
const LET_GO = `update event_cursor set leased_until = '-infinity', looked_at = now(), failures = $4, next_at = now() + make_interval(secs => $5),
  reread_from = case when $6::text is not null and ${SETTLED} then $6 else reread_from end,
  reread_since = case when $6::text is not null and ${SETTLED} then now() else reread_since end, revision = revision + 1 ${WHERE}`;

/** Where each connection's events are known up to. Every change is a transaction, or joins the one that stores what was read. */
export class EventCursorsService {
  constructor(private readonly database: Database) {}

  /** @param upSeconds for how long this process has been looking @returns null when it is not due, or another replica's */
  async take(connection: ConnectionRow, upSeconds: number): Promise<Cursor | null> {
    const [row] = await this.inTransaction(connection, ({ sql }) => sql<CursorRow>(TAKE, [...keyOf(connection), upSeconds]));
    if (!row) return null;
    return {
      eventId: row.event_id,
      eventSeenAt: timeOf(row.event_seen_at),
      rereadFrom: row.reread_from,
      knownUntil: timeOf(row.known_until),
      horizonEventId: row.horizon_event_id,
      horizonAt: timeOf(row.horizon_at),
      walkedBackTo: row.walked_back_to,
      failures: row.failures,
    };
  }

  /** Everything up to this event is known. @param seenAt when it was read @param isOnTheWay more lies beyond: a restart goes on from here */
  async move(connection: ConnectionRow, eventId: string | null, seenAt: Date | null, isOnTheWay = false): Promise<void> {
    await this.inTransaction(connection, ({ sql }) =>
      sql(MOVE, [...keyOf(connection), eventId, seenAt?.toISOString() ?? null, isOnTheWay]),
    );
  }

  async walkBack(connection: ConnectionRow, eventId: string): Promise<void> {
    await this.inTransaction(connection, ({ sql }) => sql(WALK_BACK, [...keyOf(connection), eventId]));
  }

  /** Everything that happened before this moment is known. */
  async know(connection: ConnectionRow, until: Date): Promise<void> {
    await this.inTransaction(connection, ({ sql }) => sql(KNOW, [...keyOf(connection), until.toISOString()]));
  }

  /** What is missing up to this event, which was the newest at this moment, may still come by itself. */
  async expect(connection: ConnectionRow, eventId: string, at: Date): Promise<void> {
    await this.inTransaction(connection, ({ sql }) => sql(SET_HORIZON, [...keyOf(connection), eventId, at.toISOString()]));
  }

  /** @param begunAt the event after which the look began, where it came to an end */
  async letGo(connection: ConnectionRow, failures: number, afterSeconds: number, begunAt: string | null = null): Promise<void> {
    await this.inTransaction(connection, ({ sql }) => sql(LET_GO, [...keyOf(connection), failures, afterSeconds, begunAt]));
  }

  private inTransaction<T>({ organization }: ConnectionRow, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.database.transaction(organization, work);
  }
}

function keyOf({ organization, environment, id }: ConnectionRow): [string, string, string] {
  return [organization, environment, id];
}

function timeOf(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
