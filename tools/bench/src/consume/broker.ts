import type { Producer } from 'kafkajs';
import { KafkaBroker } from '../kafka-broker.js';
import { BenchDeadLetters, madeThings, ThingChanged } from './thing-changed.js';

const PER_REQUEST = 2_000;

/** A Kafka of one broker with the messages to read: it is where the load comes from. */
export class Broker {
  private readonly numbers = new Map<number, number>();
  private made = 0;

  private constructor(
    private readonly kafka: KafkaBroker,
    private readonly producer: Producer,
  ) {}

  static async start(): Promise<Broker> {
    const kafka = await KafkaBroker.start([ThingChanged, BenchDeadLetters]);
    const producer = kafka.client.producer({ allowAutoTopicCreation: false, maxInFlightRequests: 1 });
    await producer.connect();
    return new Broker(kafka, producer);
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
  heads(): Promise<Array<{ partition: number; head: string }>> {
    return this.kafka.heads(ThingChanged.name);
  }

  /** Lets a group that keeps its offsets in Kafka begin here. */
  async skipToEnd(groupId: string): Promise<void> {
    const partitions = (await this.heads()).map(({ partition, head }) => ({ partition, offset: head }));
    await this.kafka.admin.setOffsets({ groupId, topic: ThingChanged.name, partitions });
  }

  async stop(): Promise<void> {
    await this.producer.disconnect().catch(() => undefined);
    await this.kafka.stop();
  }
}
