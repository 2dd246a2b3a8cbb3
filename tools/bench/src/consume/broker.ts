import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureTopics } from '@turnpike/messaging';
import { startKafka, type LocalKafka } from '@turnpike/local-kafka';
import kafkajs, { type Admin, type Producer } from 'kafkajs';
import { CORES, pin } from '../machine.js';
import { QUIET } from './consumer-settings.js';
import { BenchDeadLetters, madeThings, ThingChanged } from './thing-changed.js';

const PER_REQUEST = 2_000;

/** A Kafka of one broker with the messages to read. It serves from the load's core: it is where the load comes from. */
export class Broker {
  private readonly numbers = new Map<number, number>();
  private made = 0;

  private constructor(
    private readonly kafka: LocalKafka,
    private readonly folder: string,
    private readonly admin: Admin,
    private readonly producer: Producer,
  ) {}

  static async start(): Promise<Broker> {
    const folder = mkdtempSync(join(tmpdir(), 'turnpike-bench-kafka-'));
    const kafka = await startKafka({ directory: folder, benchmark: true, heap: '1g' });
    pin(kafka.pid, CORES.load);
    await ensureTopics({ brokers: kafka.brokers, topics: [ThingChanged, BenchDeadLetters] });
    const client = new kafkajs.Kafka({ clientId: 'bench', brokers: kafka.brokers, logLevel: QUIET });
    const admin = client.admin();
    const producer = client.producer({ allowAutoTopicCreation: false, maxInFlightRequests: 1 });
    await Promise.all([admin.connect(), producer.connect()]);
    await ledPartitions(admin);
    return new Broker(kafka, folder, admin, producer);
  }

  get brokers(): readonly string[] {
    return this.kafka.brokers;
  }

  /** Appends new messages. */
  async append(messages: number): Promise<void> {
    for (let left = messages; left > 0; left -= PER_REQUEST) {
      const count = Math.min(left, PER_REQUEST);
      await this.producer.send({ topic: ThingChanged.name, acks: -1, messages: madeThings(this.made, count, this.numbers) });
      this.made += count;
    }
  }

  get topic(): string {
    return ThingChanged.name;
  }

  /** The offset, and so the number, after the last message of each partition. */
  async heads(): Promise<Array<{ partition: number; head: string }>> {
    const ends = await this.admin.fetchTopicOffsets(ThingChanged.name);
    return ends.map(({ partition, high }) => ({ partition, head: high }));
  }

  /** Lets a group that keeps its offsets in Kafka begin here. */
  async skipToEnd(groupId: string): Promise<void> {
    const partitions = (await this.heads()).map(({ partition, head }) => ({ partition, offset: head }));
    await this.admin.setOffsets({ groupId, topic: ThingChanged.name, partitions });
  }

  async stop(): Promise<void> {
    await Promise.allSettled([this.admin.disconnect(), this.producer.disconnect()]);
    await this.kafka.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A topic that was just made has no leaders yet. */
async function ledPartitions(admin: Admin): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await admin.fetchTopicOffsets(ThingChanged.name);
      return;
    } catch (error) {
      if (tries === 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
