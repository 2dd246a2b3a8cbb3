import type { PostgresPool, Queryable } from '@turnpike/service';

/** The in-process bus, and where each partition ends on Kafka. */
export interface BusBook {
  readonly bus: PostgresPool;
  readonly ends: ReadonlyMap<string, bigint>;
}

/** A snapshot and counters go as they are: they are about the service's own database, which stays where it is. */
const WINDOW = ['token', 'epoch', 'window_number', 'closed', 'open', 'last_id', 'last_message', 'last_at'] as const;
const PARTITION = ['topic', 'partition', 'number', 'window_number', 'last_id', 'lag_closed', 'lag_open'] as const;

/** Brings one service's book and places to Kafka. @param on one transaction in the service's database */
export async function moveBook(on: Queryable, service: string, log: string, { bus, ends }: BusBook): Promise<void> {
  const text = (columns: readonly string[]) => columns.map((column) => `${column}::text`).join(', ');
  const { rows: windows } = await bus.query<Record<string, string | null>>(`select ${text(WINDOW)} from relay_window where service = $1`, [
    service,
  ]);
  const { rows: partitions } = await bus.query<Record<string, string | null>>(
    `select ${text(PARTITION)} from relay_partition where service = $1`,
    [service],
  );
  for (const row of windows) {
    const values = `$2::bigint, $3::bigint, $4::bigint, $5::text::pg_snapshot, $6::text::pg_snapshot, $7::bigint, $8::uuid, $9::timestamptz`;
    await on.query(
      `insert into relay_window (service, ${WINDOW.join(', ')}) values ($1, ${values})
       on conflict (service) do update set ${WINDOW.map((column) => `${column} = excluded.${column}`).join(', ')}`,
      [service, ...WINDOW.map((column) => row[column] ?? null)],
    );
  }
  for (const row of partitions)
    await on.query(
      `insert into relay_partition (service, ${PARTITION.join(', ')}, log_end)
       values ($1, $2, $3::int, $4::bigint, $5::bigint, $6::bigint, $7::text::pg_snapshot, $8::text::pg_snapshot, $9::bigint)
       on conflict (service, topic, partition) do update set ${[...PARTITION, 'log_end'].map((column) => `${column} = excluded.${column}`).join(', ')}`,
      [service, ...PARTITION.map((column) => row[column] ?? null), String(ends.get(`${row['topic']}/${row['partition']}`) ?? 0)],
    );
  await movePlaces(on, log, bus);
  await on.query('update life set log = $1', [log]);
}

/** On Kafka a message's offset is how many of the retained ones stand before it: that is how they were copied. */
async function movePlaces(on: Queryable, log: string, bus: PostgresPool): Promise<void> {
  const { rows } = await on.query<{ topic: string; partition: number; next_offset: string }>(
    `select topic, partition, next_offset from place where organization = '' and log <> $1`,
    [log],
  );
  for (const { topic, partition, next_offset: next } of rows) {
    const before = await bus.query<{ n: string }>(
      'select count(*) as n from message where topic = $1 and partition = $2 and "offset" < $3',
      [topic, partition, next],
    );
    await on.query(
      `update place set log = $1, next_offset = $2, moved_at = clock_timestamp() where organization = '' and topic = $3 and partition = $4`,
      [log, before.rows[0]?.n ?? '0', topic, partition],
    );
  }
  await on.query(`update place set log = $1 where organization <> ''`, [log]);
}
