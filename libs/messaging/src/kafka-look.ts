import type { Consumer } from './kafka-client.js';
import { toRoadMessage } from './kafka-reading.js';
import type { FoundMessage } from './road-log.js';

/** A stretch of a partition. */
export interface Reach {
  readonly topic: string;
  readonly partition: number;
  readonly from: bigint;
  /** The offset after its last message. */
  readonly end: bigint;
}

/** Of a long stretch only so many, the last ones: they say enough about who wrote it. */
const MOST_PER_PARTITION = 200n;
const WITHIN_MS = 30_000;

/**
 * Reads stretches of partitions once. kafkajs has no other way to read than a group, so this is one of a single member that commits nothing.
 * @throws when the log does not give them within half a minute
 */
export async function lookAt(consumer: Consumer, reaches: readonly Reach[]): Promise<FoundMessage[]> {
  const wanted = new Map(reaches.filter(({ from, end }) => from < end).map((reach) => [`${reach.topic}/${reach.partition}`, reach]));
  if (wanted.size === 0) return [];
  const topics = new Set([...wanted.values()].map(({ topic }) => topic));
  const found: FoundMessage[] = [];
  const open = new Set(wanted.keys());
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`The log did not give the last messages of ${[...open].join(', ')} within ${WITHIN_MS / 1000} s.`)),
        WITHIN_MS,
      );
      const close = (name: string) => {
        open.delete(name);
        if (open.size > 0) return;
        clearTimeout(timer);
        resolve();
      };
      consumer.on(consumer.events.GROUP_JOIN, () => {
        for (const { topic, partition, from, end } of reaches.filter((reach) => topics.has(reach.topic))) {
          const start = end - from > MOST_PER_PARTITION ? end - MOST_PER_PARTITION : from;
          consumer.seek({ topic, partition, offset: String(start) });
        }
      });
      consumer
        .run({
          autoCommit: false,
          eachBatchAutoResolve: false,
          eachBatch: async ({ batch, resolveOffset }) => {
            const name = `${batch.topic}/${batch.partition}`;
            const reach = wanted.get(name);
            if (!reach || !open.has(name)) return;
            for (const message of batch.messages) found.push(toFound(batch.topic, batch.partition, message));
            resolveOffset(batch.lastOffset());
            if (BigInt(batch.lastOffset()) + 1n >= reach.end) close(name);
          },
        })
        .catch((error: unknown) => {
          clearTimeout(timer);
          reject(error instanceof Error ? error : new Error(String(error)));
        });
    });
  } finally {
    await consumer.disconnect().catch(() => undefined); // a broker that is gone needs no goodbye
  }
  return found.filter(({ id }) => id !== '');
}

function toFound(topic: string, partition: number, message: Parameters<typeof toRoadMessage>[0]): FoundMessage {
  const { epoch, number, headers } = toRoadMessage(message);
  return { topic, partition, epoch, number, id: headers['ce_id'] ?? '' };
}
