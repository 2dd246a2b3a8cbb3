import { afterEach, describe, expect, it } from '@jest/globals';
import { partitionOf, toHeaders } from '@turnpike/contracts-events';
import { Log } from '@turnpike/service';
import { brokers, Counted, CountingWorld } from '@turnpike/testing';
import kafkajs from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaLog } from '../kafka.js';

const { ConfigResourceTypes, Kafka, logLevel } = kafkajs;
const TOPIC = Counted.name;
const PARTITION = 7;
/** Counters of one partition. */
const [KEPT, CHANGING, LAST] = Array.from({ length: 500 }, (_, index) => `counter-${index}`).filter(
  (counter) => partitionOf(wireKey(counter)) === PARTITION,
) as [string, string, string];
/** Of the first record batch, whose tail compaction empties. */
const BATCH = 20;
/** Bytes: the first batch's head and what follows it do not fit into one fetch of a partition (1 MiB), so that a fetch sees the hole alone. */
const FILLING = { head: 900_000, next: 300_000 };

function wireKey(counter: string): string {
  return `acme/test/${counter}`;
}

describe('a log with holes that compaction has left', () => {
  let world: CountingWorld;
  const close: Array<() => Promise<void>> = [];
  afterEach(async () => {
    for (const step of close.splice(0)) await step();
    await world?.close();
  });

  it('is read on from a place inside a hole: kafkajs walks to its end by itself, and is not sent back to where it began', async () => {
    world = await CountingWorld.open('kafka');
    const kafka = new Kafka({ clientId: 'test', brokers: brokers(), logLevel: logLevel.NOTHING });
    await compactSoon(kafka);
    const append = appender();
    await append([
      { counter: KEPT, version: 1, filling: 'x'.repeat(FILLING.head) },
      ...Array.from({ length: BATCH - 1 }, (_, index) => ({ counter: CHANGING, version: index + 1 })),
    ]);
    await append([{ counter: CHANGING, version: BATCH, filling: 'x'.repeat(FILLING.next) }]);
    await sleep(1_000); // the segment is old enough, and the next message begins another: an active one is never compacted
    await append([{ counter: LAST, version: 1 }]);
    expect(await offsetsOnceCompacted(kafka)).toEqual([0, BATCH, BATCH + 1]);

    await placeAt(kafka, 5);
    const reader = await world.start('reader', { logLevel: 'silent' });
    for (let tries = 0; tries < 150 && (await world.history('acme', LAST)).length === 0; tries++) await sleep(100);
    expect(await world.history('acme', CHANGING)).toEqual([BATCH]);
    expect(await world.history('acme', LAST)).toEqual([1]);
    await sleep(1_000);
    expect(reader.asked).toEqual([]); // a hole that compaction made is no gap
  }, 120_000);

  /** Compaction as eager as a broker lets it be. */
  async function compactSoon(kafka: kafkajs.Kafka): Promise<void> {
    const admin = kafka.admin();
    await admin.connect();
    const settings = {
      'cleanup.policy': 'compact',
      'segment.ms': '500',
      'min.cleanable.dirty.ratio': '0.001',
      'min.compaction.lag.ms': '0',
      'max.compaction.lag.ms': '1',
    };
    await admin.alterConfigs({
      validateOnly: false,
      resources: [
        { type: ConfigResourceTypes.TOPIC, name: TOPIC, configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })) },
      ],
    });
    await admin.disconnect();
  }

  /** Appends each list as one record batch, as a page of the relay is. */
  function appender() {
    const roadLog = new KafkaLog({ brokers: brokers(), service: 'writer', log: Log.of('writer', 'silent'), sessionTimeoutMs: 6_000 });
    close.push(() => roadLog.close());
    let number = 0;
    return (values: ReadonlyArray<{ counter: string; version: number; filling?: string }>) =>
      roadLog.append(
        values.map((value) => {
          number++;
          const key = wireKey(value.counter);
          const headers = toHeaders({
            id: `01900000-0000-7000-8000-${String(number).padStart(12, '0')}`,
            topic: TOPIC,
            at: new Date(),
            key,
            orderKey: key,
            scope: { organization: 'acme', environment: 'test' },
            epoch: 1,
            number: BigInt(number),
          });
          return { topic: TOPIC, partition: PARTITION, number: BigInt(number), key, headers, body: Buffer.from(JSON.stringify(value)) };
        }),
        async () => undefined,
      );
  }

  /** The offsets that the partition has left when its cleaner has been there. */
  async function offsetsOnceCompacted(kafka: kafkajs.Kafka): Promise<number[]> {
    const consumer = kafka.consumer({ groupId: 'looking', maxBytesPerPartition: 8 * 1024 * 1024 });
    close.push(() => consumer.disconnect());
    await consumer.connect();
    await consumer.subscribe({ topics: [TOPIC], fromBeginning: true });
    let seen: number[] = [];
    const compacted = new Promise<number[]>((resolve, fail) => {
      const tooLong = setTimeout(() => fail(new Error(`Not compacted after a minute; offsets ${seen.join(' ')}`)), 60_000);
      void consumer.run({
        autoCommit: false,
        eachMessage: async ({ message }) => {
          seen.push(Number(message.offset));
          if (Number(message.offset) < BATCH + 1) return;
          if (!seen.includes(1)) {
            clearTimeout(tooLong);
            return resolve(seen);
          }
          seen = [];
          await sleep(300);
          consumer.seek({ topic: TOPIC, partition: PARTITION, offset: '0' });
        },
      });
    });
    return compacted;
  }

  /** As when the reader's database was set back to a moment when it stood there. */
  async function placeAt(kafka: kafkajs.Kafka, offset: number): Promise<void> {
    const admin = kafka.admin();
    await admin.connect();
    const { clusterId } = await admin.describeCluster();
    await admin.disconnect();
    await world.databases.inside('reader').query(
      `insert into place (organization, topic, partition, log, epoch, number, next_offset)
       values ('', $1, $2, $3, 0, 0, $4), ('acme', $1, $2, $3, 1, $4, 0)`,
      [TOPIC, PARTITION, `kafka:${clusterId}`, offset],
    );
  }
});
