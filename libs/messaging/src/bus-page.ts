import { type PostgresPool, prepared } from '@turnpike/service';
import type { RoadMessage } from './message.js';

const MESSAGES_PER_BATCH = 200;
const BYTES_PER_BATCH = 8 * 1024 * 1024;

const READ = `select "offset", key, headers, body from (
    select *, sum(coalesce(octet_length(body), 0)) over (order by "offset") as bytes, row_number() over (order by "offset") as position
      from (select * from message where topic = $1 and partition = $2 and "offset" >= $3 order by "offset" limit ${MESSAGES_PER_BATCH}) next) batch
   where position = 1 or bytes <= ${BYTES_PER_BATCH} order by "offset"`;

export type MessageRow = { offset: string; key: string; headers: string; body: Buffer | null };

/** The next messages of a partition of the in-process bus, as many as one batch holds. */
export async function pageOfBus(pool: PostgresPool, topic: string, partition: number, from: bigint): Promise<RoadMessage[]> {
  const { rows } = await prepared<MessageRow>(pool, READ, [topic, partition, String(from)]);
  return rows.map(toRoadMessage);
}

/** The first partition that has any gives one message at least, however large; what did not fit is next time's. */
const READ_SEVERAL = `select partition, "offset", key, headers, body from (
    select m.*, sum(coalesce(octet_length(m.body), 0)) over (order by m.partition, m."offset") as bytes,
           row_number() over (order by m.partition, m."offset") as position
      from unnest($2::int[], $3::bigint[]) as w(partition, start)
     cross join lateral (
           select * from message m where m.topic = $1 and m.partition = w.partition and m."offset" >= w.start
            order by m."offset" limit ${MESSAGES_PER_BATCH}) m) page
   where position = 1 or bytes <= ${BYTES_PER_BATCH} order by partition, "offset"`;

/** The next messages of several partitions, read at once: for few messages in each, a statement costs more than they do. */
export async function pagesOfBus(
  pool: PostgresPool,
  topic: string,
  starts: ReadonlyMap<number, bigint>,
): Promise<ReadonlyMap<number, readonly RoadMessage[]>> {
  const { rows } = await prepared<MessageRow & { partition: number }>(pool, READ_SEVERAL, [
    topic,
    [...starts.keys()],
    [...starts.values()].map(String),
  ]);
  const pages = new Map<number, RoadMessage[]>();
  for (const row of rows) {
    const page = pages.get(row.partition);
    if (page) page.push(toRoadMessage(row));
    else pages.set(row.partition, [toRoadMessage(row)]);
  }
  return pages;
}

export function toRoadMessage(row: MessageRow): RoadMessage {
  // Written by `append` alone, from the same type.
  const headers: Record<string, string> = JSON.parse(row.headers);
  return {
    offset: BigInt(row.offset),
    number: BigInt(row.offset),
    epoch: BigInt(headers['turnpikeepoch'] ?? 0),
    key: row.key,
    headers,
    body: row.body,
  };
}
