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
