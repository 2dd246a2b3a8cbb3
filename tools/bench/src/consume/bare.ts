/** The limit: kafkajs' own eachBatch, the same writes in the same kind of transaction, its offset kept in a row. */
// For its cure of kafkajs' idle connections, which all contenders get (libs/messaging/src/kafka.ts).
import '@turnpike/messaging';
import { inTransaction, openPool } from '@turnpike/service';
import kafkajs, { type Consumer } from 'kafkajs';
import { z } from 'zod';
import { answer, settings } from '../answer.js';
import { CONSUMER, MESSAGES_PER_TRANSACTION, Meter, PARTITIONS_AT_ONCE, QUIET, type ConsumerSettings } from './consumer-settings.js';
import { SCOPE, ThingChanged, upsert } from './thing-changed.js';

const given = settings<ConsumerSettings>();
const meter = new Meter();
const pool = openPool({ url: given.databaseUrl, name: 'bare', size: 10, onError: () => undefined });
const kafka = new kafkajs.Kafka({ clientId: 'bare', brokers: [...given.brokers], logLevel: QUIET });
const topic = ThingChanged.name;
const Thing = z.object({ thingId: z.string(), version: z.number(), filling: z.string() });
let consumer: Consumer | null = null;

const MOVE_PLACE = `insert into place (organization, topic, partition, log, epoch, number, next_offset) values ($1, $2, $3, 'bare', 0, 0, $4)
  on conflict (organization, topic, partition) do update set next_offset = excluded.next_offset`;

answer(
  {
    async start(): Promise<void> {
      const reader = kafka.consumer({ groupId: 'bare', ...CONSUMER });
      consumer = reader;
      reader.on(reader.events.GROUP_JOIN, () => void seekPlaces(reader));
      const places = await readPlaces();
      await reader.connect();
      await reader.subscribe({ topics: [topic], fromBeginning: true });
      await reader.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
        eachBatch: async ({ batch, resolveOffset, heartbeat }) => {
          // What was fetched before the seek to the place.
          if (BigInt(batch.firstOffset() ?? 0) < (places.get(batch.partition) ?? 0n)) return;
          for (let first = 0; first < batch.messages.length; first += MESSAGES_PER_TRANSACTION) {
            const chunk = batch.messages.slice(first, first + MESSAGES_PER_TRANSACTION);
            const next = BigInt(chunk.at(-1)?.offset ?? 0) + 1n;
            await inTransaction(pool, async (client) => {
              await client.query(`select set_config('turnpike.organization', $1, true)`, [SCOPE.organization]);
              for (const { value } of chunk) {
                const thing = Thing.parse(JSON.parse(value?.toString() ?? ''));
                await client.query(upsert([SCOPE.organization, thing.thingId, thing.version, thing.filling]));
              }
              await client.query(MOVE_PLACE, [SCOPE.organization, topic, batch.partition, String(next)]);
            });
            meter.durable(chunk.length);
            resolveOffset(String(next - 1n));
            await heartbeat();
          }
        },
      });
    },
    progress: () => meter.progress,
  },
  async () => {
    await consumer?.disconnect();
    await pool.end();
  },
);

async function readPlaces(): Promise<Map<number, bigint>> {
  const rows = await inTransaction(pool, async (client) => {
    await client.query(`select set_config('turnpike.organization', $1, true)`, [SCOPE.organization]);
    const found = await client.query<{ partition: number; next_offset: string }>(
      'select partition, next_offset from place where topic = $1',
      [topic],
    );
    return found.rows;
  });
  return new Map(rows.map((row) => [row.partition, BigInt(row.next_offset)]));
}

async function seekPlaces(reader: Consumer): Promise<void> {
  for (const [partition, offset] of await readPlaces()) reader.seek({ topic, partition, offset: String(offset) });
}
