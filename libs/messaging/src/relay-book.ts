import type { PostgresPool, Queryable } from '@turnpike/service';
import { inTransaction, prepared } from '@turnpike/service';

/** Another replica leads now. The holder of this error must stop sending. */
export class LeadLost extends Error {
  constructor(service: string) {
    super(`Another replica relays for ${service} now.`);
  }
}

/** How far one partition of the log has been written. */
export interface Progress {
  readonly topic: string;
  readonly partition: number;
  /** The number of the last message sent. */
  number: bigint;
  /** `lastId` counts only inside this window: a later one may begin at a smaller id. */
  windowNumber: bigint;
  lastId: bigint;
  /** Set while the log refuses this partition: its own window, which the service's has left behind (road 2.0 k). */
  lag: { closed: string; open: string } | null;
}

/** What a leader knows: which snapshot is published, which is being published, and every partition's progress. */
export interface BookState {
  readonly token: bigint;
  readonly epoch: bigint;
  windowNumber: bigint;
  /** Everything visible in it has been sent. */
  closed: string;
  /** What is visible in it and not in `closed` is being sent; null between windows. */
  open: string | null;
  readonly partitions: Map<string, Progress>;
}

/** A snapshot that shows nothing: before the first transaction of any cluster. */
const NOTHING_PUBLISHED = '3:3:';

/**
 * The relay's book: windows and numbers, saved before they are used and fenced by the leader's token, so that a window sent again is the
 * same window with the same numbers (architecture rule 1). It lies in the service's database for Kafka and in the bus's for the
 * in-process bus, where it moves with the append.
 */
export class RelayBook {
  constructor(
    private readonly pool: PostgresPool,
    private readonly service: string,
  ) {}

  /** Makes the caller the leader: every earlier token can save nothing any more. */
  async takeLead(): Promise<BookState> {
    return inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<{ token: string; epoch: string; window_number: string; closed: string; open: string | null }>(
        `insert into relay_window as w (service, token, epoch, window_number, closed) values ($1, 1, 1, 0, $2::text::pg_snapshot)
         on conflict (service) do update set token = w.token + 1
         returning token, epoch, window_number, closed::text, open::text`,
        [this.service, NOTHING_PUBLISHED],
      );
      const window = rows[0]!;
      const partitions = await client.query<{
        topic: string;
        partition: number;
        number: string;
        window_number: string;
        last_id: string;
        lag_closed: string | null;
        lag_open: string | null;
      }>(
        `select topic, partition, number, window_number, last_id, lag_closed::text, lag_open::text from relay_partition where service = $1`,
        [this.service],
      );
      return {
        token: BigInt(window.token),
        epoch: BigInt(window.epoch),
        windowNumber: BigInt(window.window_number),
        closed: window.closed,
        open: window.open,
        partitions: new Map(
          partitions.rows.map((row) => [
            `${row.topic}/${row.partition}`,
            {
              topic: row.topic,
              partition: row.partition,
              number: BigInt(row.number),
              windowNumber: BigInt(row.window_number),
              lastId: BigInt(row.last_id),
              lag: row.lag_closed !== null && row.lag_open !== null ? { closed: row.lag_closed, open: row.lag_open } : null,
            },
          ]),
        ),
      };
    });
  }

  /** Saves the snapshot that is about to be published. @throws LeadLost */
  async open(state: BookState, snapshot: string): Promise<void> {
    const { rowCount } = await prepared(
      this.pool,
      `update relay_window set open = $3::text::pg_snapshot, window_number = window_number + 1 where service = $1 and token = $2 and open is null`,
      [this.service, String(state.token), snapshot],
    );
    if (rowCount !== 1) throw new LeadLost(this.service);
    state.open = snapshot;
    state.windowNumber += 1n;
  }

  /**
   * Saves progress, and with `close` that the open window is published.
   * @param on the transaction of the append, for a log that lies in the same database
   * @throws LeadLost
   */
  async save(state: BookState, progress: readonly Progress[], close: boolean, on: Queryable = this.pool): Promise<void> {
    const { rows } = await prepared<{ led: string }>(
      on,
      `with lead as (
         update relay_window set closed = case when $3 then open else closed end, open = case when $3 then null else open end
          where service = $1 and token = $2 returning 1),
       saved as (
         insert into relay_partition (service, topic, partition, number, window_number, last_id, lag_closed, lag_open)
         select $1, p.topic, p.partition, p.number, p.window_number, p.last_id, p.lag_closed::pg_snapshot, p.lag_open::pg_snapshot
           from lead, unnest($4::text[], $5::int[], $6::bigint[], $7::bigint[], $8::bigint[], $9::text[], $10::text[])
             as p(topic, partition, number, window_number, last_id, lag_closed, lag_open)
         on conflict (service, topic, partition) do update
            set number = excluded.number, window_number = excluded.window_number, last_id = excluded.last_id, lag_closed = excluded.lag_closed, lag_open = excluded.lag_open)
       select count(*) as led from lead`,
      [
        this.service,
        String(state.token),
        close,
        progress.map((one) => one.topic),
        progress.map((one) => one.partition),
        progress.map((one) => String(one.number)),
        progress.map((one) => String(one.windowNumber)),
        progress.map((one) => String(one.lastId)),
        progress.map((one) => one.lag?.closed ?? null),
        progress.map((one) => one.lag?.open ?? null),
      ],
    );
    if (rows[0]?.led !== '1') throw new LeadLost(this.service);
    if (close && state.open !== null) {
      state.closed = state.open;
      state.open = null;
    }
  }

  /**
   * Drops the days of the outbox that are older and published whole, also by partitions that lag behind the others.
   * @param outbox the service's own database, which need not be where the book lies
   * @returns how many days went
   */
  async keepOutbox(outbox: PostgresPool, days: number): Promise<number> {
    const { rows } = await this.pool.query<{ settled: string }>(
      `select closed::text as settled from relay_window where service = $1 and closed is not null
       union all select lag_closed::text from relay_partition where service = $1 and lag_closed is not null`,
      [this.service],
    );
    const kept = await outbox.query<{ dropped: number }>('select turnpike_keep_outbox($1, $2::text[]::pg_snapshot[]) as dropped', [
      days,
      rows.map((row) => row.settled),
    ]);
    return kept.rows[0]?.dropped ?? 0;
  }
}
