import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Topic } from '@turnpike/contracts-events';
import { startKafka, type LocalKafka } from '@turnpike/local-kafka';
import { ensureTopics } from '@turnpike/messaging';
import kafkajs, { type Admin } from 'kafkajs';
import { CORES, pin } from './machine.js';

/** kafkajs without a word: who fails says so by failing. */
export const QUIET = kafkajs.logLevel.NOTHING;

/** A Kafka of one broker. It serves from the load's core: to a service it is somebody else's machine. */
export class KafkaBroker {
  private constructor(
    private readonly kafka: LocalKafka,
    private readonly folder: string,
    readonly client: InstanceType<typeof kafkajs.Kafka>,
    readonly admin: Admin,
  ) {}

  /** @param topics made at once; each has a leader when this resolves */
  static async start(topics: readonly Topic[]): Promise<KafkaBroker> {
    const folder = mkdtempSync(join(tmpdir(), 'turnpike-bench-kafka-'));
    const kafka = await startKafka({ directory: folder, benchmark: true, heap: '1g' });
    pin(kafka.pid, CORES.load);
    await made(kafka.brokers, topics);
    const client = new kafkajs.Kafka({ clientId: 'bench', brokers: kafka.brokers, logLevel: QUIET });
    const admin = client.admin();
    await admin.connect();
    await led(admin, topics);
    return new KafkaBroker(kafka, folder, client, admin);
  }

  get brokers(): readonly string[] {
    return this.kafka.brokers;
  }

  /** The offset after the last message of each partition. */
  async heads(topic: string): Promise<Array<{ partition: number; head: string }>> {
    const ends = await this.admin.fetchTopicOffsets(topic);
    return ends.map(({ partition, high }) => ({ partition, head: high }));
  }

  /** How many messages a topic has got so far. */
  async messagesIn(topic: string): Promise<number> {
    return (await this.heads(topic)).reduce((sum, { head }) => sum + Number(head), 0);
  }

  async stop(): Promise<void> {
    await this.admin.disconnect().catch(() => undefined);
    await this.kafka.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A broker that has just begun, on a core that it shares, may need longer for hundreds of partitions than anybody waits. */
async function made(brokers: readonly string[], topics: readonly Topic[]): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await ensureTopics({ brokers, topics });
    } catch (error) {
      if (tries === 5) throw error;
    }
  }
}

/** A topic that was just made has leaders by its description, and a moment later by its partitions. */
async function led(admin: Admin, topics: readonly Topic[]): Promise<void> {
  for (const { name } of topics) {
    for (let tries = 1; ; tries++) {
      try {
        await admin.fetchTopicOffsets(name);
        break;
      } catch (error) {
        if (tries === 200) throw error;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  }
}
