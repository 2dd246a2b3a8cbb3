import { type PostgresPool, prepared } from '@turnpike/service';
import { type MessageRow, toRoadMessage } from './bus-page.js';
import type { RoadMessage } from './message.js';
import { MOST_TOGETHER } from './reading-together.js';

const BYTES_TOGETHER = 8 * 1024 * 1024;

/** A partition with messages beyond the reader's place. */
export interface Waiting {
  readonly topic: string;
  readonly partition: number;
  readonly from: bigint;
  /** As far as its numbers say: compaction may have left fewer. */
  readonly messages: number;
}

type RowOfSeveral = MessageRow & { topic: string; partition: number };

const KEY_OF_LOCK = `hashtextextended($1 || '/' || w.topic || '/' || w.partition, 1)`;
const LOCK = `select w.topic, w.partition, pg_try_advisory_lock(${KEY_OF_LOCK}) as locked from unnest($2::text[], $3::int[]) as w(topic, partition)`;
const UNLOCK = `select pg_advisory_unlock(${KEY_OF_LOCK}) from unnest($2::text[], $3::int[]) as w(topic, partition)`;
const READ = `select topic, partition, "offset", key, headers, body from (
    select m.*, sum(coalesce(octet_length(m.body), 0)) over (order by m.topic, m.partition, m."offset") as bytes
      from unnest($1::text[], $2::int[], $3::bigint[]) as w(topic, partition, start)
     cross join lateral (
           select * from message m where m.topic = w.topic and m.partition = w.partition and m."offset" >= w.start order by m."offset" limit $4) m) page
   where bytes <= ${BYTES_TOGETHER} order by topic, partition, "offset"`;

/** Of what waits, as much as one pass takes, whole partitions. None when it is one partition's: that is read by itself. */
export function severalOf(waiting: readonly Waiting[]): Waiting[] {
  const several: Waiting[] = [];
  let messages = 0;
  for (const one of waiting) {
    if (one.messages > MOST_TOGETHER / 2) continue; // a batch of its own is large enough
    if (messages + one.messages > MOST_TOGETHER) break;
    messages += one.messages;
    several.push(one);
  }
  return several.length > 1 ? several : [];
}

/**
 * Locks what it can get, gives the messages of that to `work`, and unlocks it. The locks are those of `readPartition`.
 * @returns what another replica is reading
 */
export async function withSeveral(
  pool: PostgresPool,
  group: string,
  several: readonly Waiting[],
  work: (pages: ReadonlyMap<Waiting, readonly RoadMessage[]>) => Promise<void>,
): Promise<readonly Waiting[]> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const columns = (of: readonly Waiting[]) => [of.map(({ topic }) => topic), of.map(({ partition }) => partition)];
  try {
    const { rows: locks } = await prepared<{ topic: string; partition: number; locked: boolean }>(client, LOCK, [
      group,
      ...columns(several),
    ]);
    const got = new Set(locks.filter(({ locked }) => locked).map(({ topic, partition }) => `${topic}/${partition}`));
    const mine = several.filter(({ topic, partition }) => got.has(`${topic}/${partition}`));
    const others = several.filter((one) => !mine.includes(one));
    if (mine.length === 0) return others;
    try {
      const { rows } = await prepared<RowOfSeveral>(client, READ, [...columns(mine), mine.map(({ from }) => String(from)), MOST_TOGETHER]);
      await work(pagesOf(mine, rows));
    } finally {
      await prepared(client, UNLOCK, [group, ...columns(mine)]);
    }
    return others;
  } catch (error) {
    broken = error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    client.release(broken); // a broken session is closed, and its locks with it
  }
}

/** What the page has of each partition: its bytes may have been used up before the last of them. */
function pagesOf(waiting: readonly Waiting[], rows: readonly RowOfSeveral[]): Map<Waiting, RoadMessage[]> {
  const pages = new Map<Waiting, RoadMessage[]>();
  for (const one of waiting) {
    const messages = rows.filter(({ topic, partition }) => topic === one.topic && partition === one.partition).map(toRoadMessage);
    if (messages.length > 0) pages.set(one, messages);
  }
  return pages;
}
