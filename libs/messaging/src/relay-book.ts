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
  /** On Kafka: the offset after the last message that the log has acknowledged; null where offsets are numbers. */
  logEnd?: bigint | null;
}

/** A message that was certainly sent, and so is in the outbox as long as the database has not been set back. */
export interface LastSent {
  readonly id: bigint;
  readonly message: string;
  readonly at: Date;
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
  /** Null before the first, and at the beginning of an epoch. */
  lastSent: LastSent | null;
}

interface WindowRow {
  token: string;
  epoch: string;
  window_number: string;
  closed: string;
  open: string | null;
  last_id: string | null;
  last_message: string | null;
  last_at: Date | null;
}

function lastSentOf(row: WindowRow): LastSent | null {
  if (row.last_id === null || row.last_message === null || row.last_at === null) return null;
  return { id: BigInt(row.last_id), message: row.last_message, at: row.last_at };
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
      const { rows } = await client.query<WindowRow>(
        `insert into relay_window as w (service, token, epoch, window_number, closed) values ($1, 1, 1, 0, $2::text::pg_snapshot)
         on conflict (service) do update set token = w.token + 1
         returning token, epoch, window_number, closed::text, open::text, last_id, last_message, last_at`,
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
        log_end: string | null;
      }>(
        `select topic, partition, number, window_number, last_id, lag_closed::text, lag_open::text, log_end from relay_partition where service = $1`,
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
              logEnd: row.log_end === null ? null : BigInt(row.log_end),
            },
          ]),
        ),
        lastSent: lastSentOf(window),
      };
    });
  }

  /**
   * Goes on in a new epoch: whatever was open or lagged belongs to the one before, and numbers do not restart (road 2.0 d).
   * @param snapshot what it shows was told before
   * @param numbers the highest that were found on the log, which may be above ours
   * @throws LeadLost
   */
  async beginEpoch(state: BookState, epoch: bigint, snapshot: string, numbers: readonly Progress[]): Promise<BookState> {
    await inTransaction(this.pool, async (client) => {
      const { rowCount } = await client.query(
        `update relay_window set epoch = $3, closed = $4::text::pg_snapshot, open = null, window_number = window_number + 1,
                last_id = null, last_message = null, last_at = null where service = $1 and token = $2`,
        [this.service, String(state.token), String(epoch), snapshot],
      );
      if (rowCount !== 1) throw new LeadLost(this.service);
      await client.query(
        `update relay_partition set lag_closed = null, lag_open = null, last_id = 0, window_number = 0 where service = $1`,
        [this.service],
      );
      await client.query(
        `insert into relay_partition as p (service, topic, partition, number, window_number, last_id, log_end)
         select $1, f.topic, f.partition, f.number, 0, 0, f.log_end from unnest($2::text[], $3::int[], $4::bigint[], $5::bigint[]) as f(topic, partition, number, log_end)
         on conflict (service, topic, partition) do update set number = greatest(p.number, excluded.number), log_end = excluded.log_end`,
        [
          this.service,
          numbers.map(({ topic }) => topic),
          numbers.map(({ partition }) => partition),
          numbers.map(({ number }) => String(number)),
          numbers.map(({ logEnd }) => (logEnd === null || logEnd === undefined ? null : String(logEnd))),
        ],
      );
    });
    return this.takeLead();
  }

  /** Takes the lead from whoever has it: it has to look again at what it does not know yet. */
  async unseat(): Promise<void> {
    await this.pool.query('update relay_window set token = token + 1 where service = $1', [this.service]);
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
   * @param sent a message of this page; null leaves the one before
   * @throws LeadLost
   */
  async save(
    state: BookState,
    progress: readonly Progress[],
    close: boolean,
    on: Queryable = this.pool,
    sent: LastSent | null = null,
  ): Promise<void> {
    const { rows } = await prepared<{ led: string }>(
      on,
      `with lead as (
         update relay_window set closed = case when $3 then open else closed end, open = case when $3 then null else open end,
                last_id = coalesce($12, last_id), last_message = coalesce($13, last_message), last_at = coalesce($14, last_at)
          where service = $1 and token = $2 returning 1),
       saved as (
         insert into relay_partition (service, topic, partition, number, window_number, last_id, lag_closed, lag_open, log_end)
         select $1, p.topic, p.partition, p.number, p.window_number, p.last_id, p.lag_closed::pg_snapshot, p.lag_open::pg_snapshot, p.log_end
           from lead, unnest($4::text[], $5::int[], $6::bigint[], $7::bigint[], $8::bigint[], $9::text[], $10::text[], $11::bigint[])
             as p(topic, partition, number, window_number, last_id, lag_closed, lag_open, log_end)
         on conflict (service, topic, partition) do update
            set number = excluded.number, window_number = excluded.window_number, last_id = excluded.last_id, lag_closed = excluded.lag_closed, lag_open = excluded.lag_open,
                log_end = excluded.log_end)
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
        progress.map((one) => (one.logEnd === null || one.logEnd === undefined ? null : String(one.logEnd))),
        sent === null ? null : String(sent.id),
        sent?.message ?? null,
        sent?.at ?? null,
      ],
    );
    if (rows[0]?.led !== '1') throw new LeadLost(this.service);
    state.lastSent = sent ?? state.lastSent;
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
