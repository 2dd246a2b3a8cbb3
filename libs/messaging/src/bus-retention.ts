import { PARTITIONS, type Topic } from '@turnpike/contracts-events';
import { inTransaction, type PostgresPool } from '@turnpike/service';

const DAY_MS = 24 * 60 * 60 * 1000;
const ROWS_PER_STEP = 5_000;

/** How long a topic's messages are kept, on both buses (architecture, Topics). Of a state topic the newest of each key stays for ever. */
export const KEEP_MS: Readonly<Record<Topic['kind'], number>> = { state: 7 * DAY_MS, hint: 30 * DAY_MS, log: 90 * DAY_MS };

/**
 * What Kafka's cleaner does, for the table-shaped one: state older than its compaction lag goes where a newer message of its key exists,
 * everything else goes by age, and the log's start moves with it so that a reader that was away learns what it missed.
 * @param now the clock, as a parameter
 * @returns how many messages went
 */
export async function keepBus(pool: PostgresPool, topics: readonly Topic[], now: Date): Promise<number> {
  let gone = 0;
  for (const topic of topics) {
    const before = new Date(now.getTime() - KEEP_MS[topic.kind]);
    if (topic.kind === 'state') {
      for (let partition = 0; partition < PARTITIONS; partition++) gone += await compact(pool, topic.name, partition, before);
      continue;
    }
    for (;;) {
      const step = await expire(pool, topic.name, before);
      gone += step;
      if (step < ROWS_PER_STEP) break;
    }
  }
  return gone;
}

/** A partition at a time and without an index of keys, which each append would pay for and this alone would use. */
async function compact(pool: PostgresPool, topic: string, partition: number, before: Date): Promise<number> {
  const { rowCount } = await pool.query(
    `delete from message old
      using (select key, max("offset") as "offset" from message where topic = $1 and partition = $2 group by key) newest
      where old.topic = $1 and old.partition = $2 and old.appended_at < $3 and old.key = newest.key and old."offset" < newest."offset"`,
    [topic, partition, before],
  );
  return rowCount ?? 0;
}

async function expire(pool: PostgresPool, topic: string, before: Date): Promise<number> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ partition: number; offset: string }>(
      `delete from message where (topic, partition, "offset") in (
         select topic, partition, "offset" from message where topic = $1 and appended_at < $2 order by partition, "offset" limit ${ROWS_PER_STEP})
       returning partition, "offset"`,
      [topic, before],
    );
    if (rows.length === 0) return 0;
    await client.query(
      `insert into log_start (topic, partition, first_offset)
       select $1, p.partition, max(p."offset") + 1 from unnest($2::int[], $3::bigint[]) as p(partition, "offset") group by p.partition
       on conflict (topic, partition) do update set first_offset = greatest(log_start.first_offset, excluded.first_offset)`,
      [topic, rows.map((row) => row.partition), rows.map((row) => row.offset)],
    );
    return rows.length;
  });
}
