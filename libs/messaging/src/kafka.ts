import type { Log, PostgresPool } from '@turnpike/service';
import { v7 as uuidv7 } from 'uuid';
import { isRefusal, Kafka, logLevel, type Admin, type KafkaClient, type Producer } from './kafka-client.js';
import { KafkaTail } from './kafka-tail.js';
import { KafkaReading } from './kafka-reading.js';
import { byTopic, rounds, type Part } from './kafka-requests.js';
import { killPoints } from './kill-points.js';
import type { BatchReader, OutgoingMessage, Refusal } from './message.js';
import { lookAt, type Reach } from './kafka-look.js';
import type { Booking, LogEnds, RoadLog, TailSink, Unbooked } from './road-log.js';

/** Starting and moving coordinators answer so for a moment; kafkajs tries again by itself. */
const PASSING =
  /not the coordinator|coordinator is not available|coordinator is loading|rebalanc|There is no leader|does not host this topic-partition/i;

export interface KafkaOptions {
  readonly brokers: readonly string[];
  /** The service's name: client id and consumer group alike. */
  readonly service: string;
  readonly log: Log;
  /** Milliseconds after which a silent reader's partitions are given to another. */
  readonly sessionTimeoutMs: number;
}

/** The road over Kafka (architecture rules 1 to 3). */
export class KafkaLog implements RoadLog {
  private readonly kafka: KafkaClient;
  private producer: Promise<Producer> | null = null;
  private admin: Promise<Admin> | null = null;
  private clusterId: string | null = null;

  constructor(private readonly options: KafkaOptions) {
    this.kafka = new Kafka({
      clientId: options.service,
      brokers: [...options.brokers],
      connectionTimeout: 3_000,
      requestTimeout: 15_000,
      retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 4 },
      logLevel: logLevel.WARN,
      logCreator: () => (entry) => this.tell(entry.log.message, entry.log['error']),
    });
  }

  name(): Promise<string> {
    return this.logName();
  }

  async unbooked(topics: readonly string[], known: ReadonlyMap<string, bigint>): Promise<Unbooked> {
    const admin = await this.openAdmin();
    const there = new Set(await admin.listTopics());
    const ends = new Map<string, bigint>();
    const reaches: Reach[] = [];
    for (const topic of topics.filter((one) => there.has(one))) {
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
        const [first, end] = [BigInt(low), BigInt(high)];
        ends.set(`${topic}/${partition}`, end);
        const booked = known.get(`${topic}/${partition}`) ?? 0n;
        reaches.push({ topic, partition, from: booked < first ? first : booked, end });
      }
    }
    const groupId = `${this.options.service}-relay-${uuidv7()}`;
    const consumer = this.kafka.consumer({ groupId, allowAutoTopicCreation: false, sessionTimeout: 10_000, maxWaitTimeInMs: 100 });
    const messages = await lookAt(consumer, reaches).finally(() => admin.deleteGroups([groupId]).catch(() => undefined)); // it may never have joined
    return { messages, ends };
  }

  bookPool(service: { infrastructure: PostgresPool }): PostgresPool {
    return service.infrastructure;
  }

  async append(messages: readonly OutgoingMessage[], book: Booking): Promise<void> {
    const refusals: Refusal[] = [];
    const ends = new Map<string, bigint>();
    if (messages.length > 0) {
      const producer = await this.openProducer();
      for (const round of rounds(messages)) {
        const accepted = round.filter((one) => !refusals.some((refusal) => nameOf(refusal) === nameOf(one)));
        refusals.push(...(await this.send(producer, accepted, ends)));
      }
      killPoints.sent.publish(this.options.service);
    }
    await book(refusals, undefined, ends);
  }

  /** Sends one request's worth; where it fails, partition by partition, to learn which of them refuses. */
  private async send(producer: Producer, parts: readonly Part[], ends: Map<string, bigint>): Promise<Refusal[]> {
    if (parts.length === 0) return [];
    const sendThese = async (some: readonly Part[]) => {
      const answers = await producer.sendBatch({ acks: -1, topicMessages: byTopic(some) });
      const counts = new Map(some.map((part) => [nameOf(part), BigInt(part.messages.length)]));
      for (const { topicName: topic, partition, baseOffset } of answers) {
        const name = nameOf({ topic, partition });
        if (baseOffset !== undefined) ends.set(name, BigInt(baseOffset) + (counts.get(name) ?? 0n));
      }
    };
    try {
      await sendThese(parts);
      return [];
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
    const refusals: Refusal[] = [];
    for (const part of parts) {
      try {
        await sendThese([part]);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        refusals.push({ topic: part.topic, partition: part.partition, because: error });
      }
    }
    return refusals;
  }

  private openProducer(): Promise<Producer> {
    this.producer ??= (async () => {
      // One request in flight keeps the order of a partition; the partition is ours to choose, message by message.
      const producer = this.kafka.producer({ allowAutoTopicCreation: false, maxInFlightRequests: 1, idempotent: false });
      await producer.connect();
      return producer;
    })();
    this.producer.catch(() => (this.producer = null));
    return this.producer;
  }

  private openAdmin(): Promise<Admin> {
    this.admin ??= (async () => {
      const admin = this.kafka.admin();
      await admin.connect();
      return admin;
    })();
    this.admin.catch(() => (this.admin = null));
    return this.admin;
  }

  async check(): Promise<void> {
    const admin = await this.openAdmin();
    this.clusterId = (await admin.describeCluster()).clusterId;
  }

  private async logName(): Promise<string> {
    if (this.clusterId === null) await this.check();
    return `kafka:${this.clusterId}`;
  }

  async read(group: string, topics: readonly string[], reader: BatchReader): Promise<{ stop(): Promise<void> }> {
    // A reader learns by its heartbeat that partitions of a dead one are to be shared out.
    const heartbeatMs = Math.min(3_000, Math.floor(this.options.sessionTimeoutMs / 20));
    const reading = new KafkaReading(topics, reader, this.options.log, {
      heartbeatMs,
      consumer: () =>
        this.kafka.consumer({
          groupId: group,
          sessionTimeout: this.options.sessionTimeoutMs,
          heartbeatInterval: heartbeatMs,
          rebalanceTimeout: this.options.sessionTimeoutMs * 2,
          allowAutoTopicCreation: false,
          maxWaitTimeInMs: 500,
          retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 8, restartOnFailure: async () => true },
        }),
      logName: () => this.logName(),
      offsets: async (topic) => (await this.openAdmin()).fetchTopicOffsets(topic),
      committed: async (topic) => (await (await this.openAdmin()).fetchOffsets({ groupId: group, topics: [topic] }))[0]?.partitions ?? [],
    });
    reading.start();
    return reading;
  }

  async ends(topic: string): Promise<LogEnds> {
    const partitions = await (await this.openAdmin()).fetchTopicOffsets(topic);
    return {
      log: await this.logName(),
      partitions: new Map(partitions.map(({ partition, low, high }) => [partition, { start: BigInt(low), end: BigInt(high) }])),
    };
  }

  async tail(topic: string, sink: TailSink): Promise<{ stop(): Promise<void> }> {
    const groupId = `${this.options.service}-follower-${uuidv7()}`;
    const newConsumer = () =>
      this.kafka.consumer({
        groupId,
        sessionTimeout: this.options.sessionTimeoutMs,
        allowAutoTopicCreation: false,
        maxWaitTimeInMs: 500,
        retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 8, restartOnFailure: async () => true },
      });
    const leave = async () => void (await (await this.openAdmin()).deleteGroups([groupId]));
    const tail = new KafkaTail(topic, sink, this.options.log, newConsumer, leave);
    tail.start();
    return tail;
  }

  async close(): Promise<void> {
    const open = [this.producer, this.admin].filter((one) => one !== null);
    await Promise.allSettled(open.map(async (one) => (await one).disconnect()));
  }

  private tell(message: string, error: unknown): void {
    const words = `${message} ${typeof error === 'string' ? error : ''}`.trim();
    if (PASSING.test(words)) this.options.log.debug('kafka', { message: words });
    else this.options.log.warn('kafka', { message: words });
  }
}

function nameOf(one: { topic: string; partition: number }): string {
  return `${one.topic}/${one.partition}`;
}
