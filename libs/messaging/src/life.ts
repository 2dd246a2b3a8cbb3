import { inTransaction, type PostgresClient, type PostgresPool } from '@turnpike/service';
import { layMarkers } from './markers.js';
import type { BookState } from './relay-book.js';

/** What the service's database says of itself. */
export interface Life {
  readonly epoch: bigint;
  /** What was visible in it was told in an earlier epoch; null in the first. */
  readonly snapshot: string | null;
  /** Whether the relay's book knows this epoch. */
  readonly isInBook: boolean;
  /** Whether the whole state has been told in it. */
  readonly isTold: boolean;
  /** Server and log that it was lived on; null before the first lead. */
  readonly server: string | null;
  readonly log: string | null;
  readonly wantedBecause: string | null;
}

/** `<system identifier>/<timeline>`: another cluster, or this one after a failover or a recovery. */
const SERVER = `(select system_identifier from pg_control_system()) || '/' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)`;

/** An outbox keeps its rows for seven days: one that is missing sooner was never there. */
const SURELY_KEPT_MS = 6 * 24 * 60 * 60 * 1000;

/**
 * The lives of a service's database (road 2.0 d). One that was set back draws ids, numbers and versions again that its readers have seen;
 * everything it says from then on belongs to a new epoch, which wins over whatever was said in the lost time.
 */
export class Lives {
  constructor(private readonly infrastructure: PostgresPool) {}

  async read(): Promise<Life> {
    const { rows } = await this.infrastructure.query<{
      epoch: string;
      snapshot: string | null;
      is_in_book: boolean;
      is_told: boolean;
      server: string | null;
      log: string | null;
      wanted_because: string | null;
    }>('select epoch, snapshot::text, is_in_book, is_told, server, log, wanted_because from life');
    const row = rows[0];
    if (!row) throw new Error('The table life has lost its row.');
    return {
      epoch: BigInt(row.epoch),
      snapshot: row.snapshot,
      isInBook: row.is_in_book,
      isTold: row.is_told,
      server: row.server,
      log: row.log,
      wantedBecause: row.wanted_because,
    };
  }

  /** Somebody knows that this database was set back: the next leader begins a new epoch. The first reason stands. */
  async want(because: string): Promise<void> {
    await this.infrastructure.query('update life set wanted_because = coalesce(wanted_because, $1)', [because]);
  }

  /** The same, unless an epoch has begun since: it was found out before. @returns whether one is wanted now */
  async wantUnlessBegun(because: string, since: Date): Promise<boolean> {
    const { rowCount } = await this.infrastructure.query(
      'update life set wanted_because = coalesce(wanted_because, $1) where begun_at is null or begun_at < $2',
      [because, since],
    );
    return rowCount === 1;
  }

  async told(epoch: bigint): Promise<void> {
    await this.infrastructure.query('update life set is_told = true where epoch = $1', [String(epoch)]);
  }

  async inBook(epoch: bigint): Promise<void> {
    await this.infrastructure.query('update life set is_in_book = true where epoch = $1', [String(epoch)]);
  }

  /** Notes where this life is lived, once nothing speaks against it. */
  async livedOn(server: string, log: string): Promise<void> {
    await this.infrastructure.query('update life set server = $1, log = $2 where server is distinct from $1 or log is distinct from $2', [
      server,
      log,
    ]);
  }

  /** Where the database is now. */
  async server(): Promise<string> {
    const { rows } = await this.infrastructure.query<{ server: string }>(`select ${SERVER} as server`);
    return rows[0]?.server ?? '';
  }

  /**
   * Why the relay's book and this database cannot be of one life: by what the book says that the last one lived. Null: they are.
   * @param log the name of the log that will be written to
   */
  async setBack(session: PostgresClient, life: Life, state: BookState, server: string, log: string): Promise<string | null> {
    if (life.wantedBecause !== null) return life.wantedBecause;
    if (life.server !== null && life.server !== server) return `the database has moved: it was on ${life.server}, and is on ${server} now`;
    if (life.log !== null && life.log !== log) return `the log is another one: it was ${life.log}, and is ${log} now`;
    if (life.epoch < state.epoch) return `the relay's book knows epoch ${state.epoch}, the database only ${life.epoch}`;
    if (life.epoch > state.epoch) return `the relay's book knows only epoch ${state.epoch} of ${life.epoch}: it was set back`;
    return this.lastSentIsMissing(session, state);
  }

  private async lastSentIsMissing(session: PostgresClient, { lastSent }: BookState): Promise<string | null> {
    if (lastSent === null) return null;
    const { rows } = await session.query<{ message: string | null; drawn: string }>(
      `select (select message_id from outbox where id = $1) as message, (select case when is_called then last_value else 0 end from outbox_id_seq) as drawn`,
      [String(lastSent.id)],
    );
    const found = rows[0];
    if (!found || found.message === lastSent.message) return null;
    const words = `the message that was sent last (${lastSent.message}) is not in the outbox`;
    if (found.message !== null || BigInt(found.drawn) < lastSent.id) return words;
    return Date.now() - lastSent.at.getTime() < SURELY_KEPT_MS ? words : null;
  }

  /**
   * Begins a new epoch. What the last closed snapshot does not show gets fresh ids and transaction ids, what was sent goes, and a marker
   * opens the epoch on every partition (road 2.0 b, e). A later restart finds it done, also when the book does not know yet.
   * @param known the highest epoch that anybody has heard of
   */
  async begin(state: BookState, known: bigint, topics: readonly string[]): Promise<bigint> {
    const now = BigInt(Date.now());
    const epoch = known + 1n > now ? known + 1n : now;
    const lagging = [...state.partitions.values()].filter((one) => one.lag !== null);
    await inTransaction(this.infrastructure, async (client) => {
      // Of one moment; and before this transaction has an id of its own, which the snapshot then does not show.
      await client.query('set transaction isolation level repeatable read');
      const { rows } = await client.query<{ snapshot: string; last: string }>(
        'select pg_current_snapshot()::text as snapshot, coalesce(max(id), 0) as last from outbox',
      );
      const { snapshot, last } = rows[0] ?? { snapshot: '', last: '0' };
      await layMarkers(client, 'epoch-opened', topics);
      await client.query(
        `insert into outbox (message_id, organization, environment, data_residency, topic, partition, key, order_key, traceparent, body, announced_at)
         select message_id, organization, environment, data_residency, topic, partition, key, order_key, traceparent, body, announced_at from outbox o
          where id <= $1 and organization <> '' and (not pg_visible_in_snapshot(txid, $2::text::pg_snapshot) or exists (
            select 1 from unnest($3::text[], $4::int[], $5::text[]) as lag(topic, partition, closed)
             where lag.topic = o.topic and lag.partition = o.partition and not pg_visible_in_snapshot(o.txid, lag.closed::pg_snapshot)))
          order by id`,
        [
          last,
          state.closed,
          lagging.map(({ topic }) => topic),
          lagging.map(({ partition }) => partition),
          lagging.map(({ lag }) => lag?.closed ?? ''),
        ],
      );
      await client.query('delete from outbox where id <= $1', [last]);
      await client.query(
        `update life set epoch = $1, snapshot = $2::text::pg_snapshot, is_in_book = false, is_told = false, wanted_because = null, begun_at = clock_timestamp()`,
        [String(epoch), snapshot],
      );
    });
    return epoch;
  }
}
