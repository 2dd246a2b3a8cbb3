/// <reference path="./kafkajs-internals.d.ts" />
import { PARTITIONS, TOPICS, type Topic } from '@turnpike/contracts-events';
import type { Log, PostgresPool } from '@turnpike/service';
import kafkajs, { type Admin, type Batch as KafkaBatch, type Consumer, type EachBatchPayload, type KafkaMessage, type Producer } from 'kafkajs';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { KEEP_MS } from './bus-retention.js';
import { killPoints } from './kill-points.js';
import type { Batch, BatchOutcome, BatchReader, OutgoingMessage, Refusal, RoadMessage } from './message.js';
import type { Booking, RoadLog } from './road-log.js';

const { Kafka, logLevel, KafkaJSProtocolError } = kafkajs;

// kafkajs re-arms a 1 ms timer for every idle connection, for ever: 3.5 % of a core each (tulios/kafkajs#1751). It is needed only while requests wait.
const queue = RequestQueue.prototype;
const schedule = queue.scheduleCheckPendingRequests;
queue.scheduleCheckPendingRequests = function (this: typeof queue) {
  if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this);
};
process.env['KAFKAJS_NO_PARTITIONER_WARNING'] = '1';

/** A broker takes record batches up to 1 MiB by default, and kafkajs makes one batch per partition and request (road 1.4). */
const BYTES_PER_REQUEST_AND_PARTITION = 900 * 1024;
const OVERHEAD_PER_MESSAGE = 1024;
const COMMIT_EVERY_MS = 1_000;
const PARTITIONS_AT_ONCE = 3;
/** Starting and moving coordinators answer so for a moment; kafkajs tries again by itself. */
const PASSING = /not the coordinator|coordinator is not available|coordinator is loading|rebalanc|There is no leader|does not host this topic-partition/i;

export interface KafkaOptions {
  readonly brokers: readonly string[];
  /** The service's name: client id and consumer group alike. */
  readonly service: string;
  readonly log: Log;
  /** Milliseconds after which a silent reader's partitions are given to another. */
  readonly sessionTimeoutMs: number;
}

type Kafka = InstanceType<typeof Kafka>;

/** The road over Kafka (architecture rules 1 to 3). The only file that knows kafkajs. */
export class KafkaLog implements RoadLog {
  private readonly kafka: Kafka;
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

  bookPool(service: { infrastructure: PostgresPool }): PostgresPool {
    return service.infrastructure;
  }

  async append(messages: readonly OutgoingMessage[], book: Booking): Promise<void> {
    const refusals: Refusal[] = [];
    if (messages.length > 0) {
      const producer = await this.openProducer();
      for (const round of rounds(messages)) {
        const accepted = round.filter((one) => !refusals.some((refusal) => nameOf(refusal) === nameOf(one)));
        refusals.push(...(await this.send(producer, accepted)));
      }
      killPoints.sent.publish(this.options.service);
    }
    await book(refusals);
  }

  /** Sends one request's worth; where it fails, partition by partition, to learn which of them refuses. */
  private async send(producer: Producer, parts: readonly Part[]): Promise<Refusal[]> {
    if (parts.length === 0) return [];
    try {
      await producer.sendBatch({ acks: -1, topicMessages: byTopic(parts) });
      return [];
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
    const refusals: Refusal[] = [];
    for (const part of parts) {
      try {
        await producer.sendBatch({ acks: -1, topicMessages: byTopic([part]) });
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
    const reading = new KafkaReading(topics, reader, this.options.log, {
      consumer: () =>
        this.kafka.consumer({
          groupId: group,
          sessionTimeout: this.options.sessionTimeoutMs,
          // A reader learns by its heartbeat that partitions of a dead one are to be shared out.
          heartbeatInterval: Math.min(3_000, Math.floor(this.options.sessionTimeoutMs / 20)),
          rebalanceTimeout: this.options.sessionTimeoutMs * 2,
          allowAutoTopicCreation: false,
          maxWaitTimeInMs: 500,
          retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 8, restartOnFailure: async () => true },
        }),
      logName: () => this.logName(),
      offsets: async (topic) => (await this.openAdmin()).fetchTopicOffsets(topic),
    });
    reading.start();
    return reading;
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

interface ReadingParts {
  consumer(): Consumer;
  logName(): Promise<string>;
  offsets(topic: string): Promise<Array<{ partition: number; low: string; high: string }>>;
}

/** One consumer of one group, made anew when it dies; its places come from the reader's database, not from Kafka. */
class KafkaReading {
  private consumer: Consumer | null = null;
  private joins = 0;
  private stopping = false;
  private committing: NodeJS.Timeout | undefined;
  private readonly uncommitted = new Map<string, { topic: string; partition: number; offset: string }>();

  constructor(
    private readonly topics: readonly string[],
    private readonly reader: BatchReader,
    private readonly log: Log,
    private readonly parts: ReadingParts,
  ) {}

  /** Returns at once; connecting is repeated until it works, so that a service starts without its broker. */
  start(): void {
    void this.connect();
    this.committing = setInterval(() => void this.commit(), COMMIT_EVERY_MS);
    this.committing.unref();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    clearInterval(this.committing);
    await this.commit();
    await this.consumer?.disconnect().catch(() => undefined); // a broker that is gone needs no goodbye
  }

  private async connect(): Promise<void> {
    for (let waitMs = 200; !this.stopping; waitMs = Math.min(waitMs * 2, 5_000)) {
      try {
        await this.run();
        return;
      } catch (error) {
        this.log.warn('road.kafka.unreachable', { error: asError(error), retryInMs: waitMs });
        await this.consumer?.disconnect().catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
  }

  private async run(): Promise<void> {
    const consumer = this.parts.consumer();
    this.consumer = consumer;
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      this.log.warn('road.kafka.reader-crashed', { error: payload.error, restarts: payload.restart });
      if (payload.restart || this.stopping || this.consumer !== consumer) return;
      void consumer.disconnect().catch(() => undefined);
      void this.connect();
    });
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => void this.goToPlaces(consumer, payload.memberAssignment));
    await consumer.connect();
    await consumer.subscribe({ topics: [...this.topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
      eachBatch: (payload) => this.eachBatch(consumer, payload),
    });
  }

  private async eachBatch(consumer: Consumer, { batch, resolveOffset, heartbeat, isRunning, isStale, pause }: EachBatchPayload): Promise<void> {
    const { topic, partition } = batch;
    if (!isRunning() || isStale()) return;
    const outcome = await this.reader.read(await this.toBatch(batch), () => isRunning() && !isStale(), heartbeat).catch((error: unknown): BatchOutcome => {
      this.log.error('road.reader.failed', { topic, partition, error: asError(error), retryInMs: 1_000 });
      return { next: 'pause', offset: fetchedOffsetOf(batch), forMs: 1_000 };
    });
    if (outcome.next === 'read-on') {
      resolveOffset(String(outcome.offset - 1n));
      this.uncommitted.set(`${topic}/${partition}`, { topic, partition, offset: String(outcome.offset) });
      return;
    }
    consumer.seek({ topic, partition, offset: String(outcome.offset) });
    if (outcome.next === 'pause') {
      const resume = pause();
      setTimeout(() => this.stopping || resume(), outcome.forMs).unref();
    }
  }

  private async toBatch(batch: KafkaBatch): Promise<Batch> {
    const { topic, partition } = batch;
    const askedFrom = fetchedOffsetOf(batch);
    return {
      topic,
      partition,
      log: await this.parts.logName(),
      askedFrom,
      logStart: async () => BigInt((await this.parts.offsets(topic)).find((one) => one.partition === partition)?.low ?? 0),
      messages: batch.messages.map(toRoadMessage),
      // A compacted log may end a batch with offsets that hold nothing any more: the last offset of the fetch counts.
      end: BigInt(batch.lastOffset()) + 1n,
    };
  }

  /**
   * Puts every assigned partition to its place. Kafka's committed offset may be ahead of it after a restore, and then, with nothing new to
   * fetch, no batch would ever tell (road 2.1); an emptied log brings none either (2.3).
   */
  private async goToPlaces(consumer: Consumer, assignment: Record<string, number[]>): Promise<void> {
    const joined = ++this.joins;
    for (let waitMs = 200; !this.stopping && joined === this.joins; waitMs = Math.min(waitMs * 2, 5_000)) {
      try {
        for (const [topic, partitions] of Object.entries(assignment)) {
          const places = await this.reader.places(topic);
          for (const { partition, low } of await this.parts.offsets(topic)) {
            if (!partitions.includes(partition)) continue;
            const place = places.get(partition)?.offset ?? 0n;
            const start = BigInt(low);
            if (place < start) await this.reader.missed(topic, partition, await this.parts.logName(), place, start);
            if (joined !== this.joins) return;
            consumer.seek({ topic, partition, offset: String(place < start ? start : place) });
          }
        }
        return;
      } catch (error) {
        this.log.warn('road.kafka.places-unknown', { error: asError(error), retryInMs: waitMs });
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
  }

  /** Kafka's committed offset is for lag tools; the truth is the place. */
  private async commit(): Promise<void> {
    const offsets = [...this.uncommitted.values()];
    this.uncommitted.clear();
    if (offsets.length === 0 || !this.consumer) return;
    await this.consumer.commitOffsets(offsets).catch((error: unknown) => this.log.debug('road.kafka.commit-failed', { error: asError(error) }));
  }
}

/**
 * Makes the topics of these contracts: the fixed number of partitions, compaction for state. What exists stays as it is.
 * @param options.anew deletes them first: for tests, and for nothing else
 */
export async function ensureTopics(options: { brokers: readonly string[]; topics?: readonly Topic[]; anew?: boolean }): Promise<void> {
  const kafka = new Kafka({ clientId: 'topics', brokers: [...options.brokers], logLevel: logLevel.NOTHING, retry: { retries: 8 } });
  const admin = kafka.admin();
  await admin.connect();
  try {
    let existing = new Set(await admin.listTopics());
    const doomed = options.anew ? (options.topics ?? TOPICS).map((topic) => topic.name).filter((name) => existing.has(name)) : [];
    if (doomed.length > 0) {
      await admin.deleteTopics({ topics: doomed });
      while (doomed.some((name) => existing.has(name))) existing = new Set(await admin.listTopics());
    }
    const missing = (options.topics ?? TOPICS).filter((topic) => !existing.has(topic.name));
    if (missing.length === 0) return;
    await admin.createTopics({
      waitForLeaders: false,
      topics: missing.map((topic) => ({ topic: topic.name, numPartitions: PARTITIONS, configEntries: topicSettings(topic) })),
    });
    await untilLed(admin, missing);
  } finally {
    await admin.disconnect();
  }
}

/** Waits until every partition has a leader; a broker may not know a topic yet that it has just made. */
async function untilLed(admin: Admin, topics: readonly Topic[]): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      const { topics: known } = await admin.fetchTopicMetadata({ topics: topics.map((topic) => topic.name) });
      if (known.every((topic) => topic.partitions.length === PARTITIONS && topic.partitions.every((partition) => partition.leader >= 0))) return;
    } catch (error) {
      if (tries >= 100) throw error;
    }
    if (tries >= 100) throw new Error('The topics were made, but after 20 s not every partition has a leader.');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** How long a topic keeps what: a copy that landed late must not be all that is left of a key within a reader's reach (road 2.0 f). */
export function topicSettings(topic: Topic): Array<{ name: string; value: string }> {
  if (topic.kind === 'state') {
    return [
      { name: 'cleanup.policy', value: 'compact' },
      { name: 'min.compaction.lag.ms', value: String(KEEP_MS.state) },
    ];
  }
  return [
    { name: 'cleanup.policy', value: 'delete' },
    { name: 'retention.ms', value: String(KEEP_MS[topic.kind]) },
  ];
}

interface Part {
  readonly topic: string;
  readonly partition: number;
  readonly messages: OutgoingMessage[];
}

/** Requests one after the other, each with at most one part of every partition, none too big for a broker. */
function rounds(messages: readonly OutgoingMessage[]): Part[][] {
  const parts = new Map<string, Part[]>();
  const sizes = new Map<Part, number>();
  for (const message of messages) {
    const bytes = (message.body?.length ?? 0) + OVERHEAD_PER_MESSAGE;
    const known = parts.get(nameOf(message)) ?? [];
    const last = known.at(-1);
    if (last && sizes.get(last)! + bytes <= BYTES_PER_REQUEST_AND_PARTITION) {
      last.messages.push(message);
      sizes.set(last, sizes.get(last)! + bytes);
    } else {
      const part = { topic: message.topic, partition: message.partition, messages: [message] };
      parts.set(nameOf(message), [...known, part]);
      sizes.set(part, bytes);
    }
  }
  const requests: Part[][] = [];
  for (const ofPartition of parts.values()) ofPartition.forEach((part, index) => (requests[index] ??= []).push(part));
  return requests;
}

function byTopic(parts: readonly Part[]) {
  const topics = new Map<string, Array<{ key: string; value: Buffer | null; partition: number; headers: Record<string, string> }>>();
  for (const part of parts) {
    const list = topics.get(part.topic) ?? [];
    for (const { key, body, headers } of part.messages) list.push({ key, value: body, partition: part.partition, headers });
    topics.set(part.topic, list);
  }
  return [...topics].map(([topic, list]) => ({ topic, messages: list }));
}

/** The broker understood and said no; anything else is a connection, and the same page is sent again. */
function isRefusal(error: unknown): error is Error {
  const said = error instanceof Error && error.name === 'KafkaJSNumberOfRetriesExceeded' ? error.cause : error;
  return said instanceof KafkaJSProtocolError && !said.retriable;
}

/** kafkajs has it on the object and not in its types: the offset that the fetch asked for, before compaction's holes. */
function fetchedOffsetOf(batch: KafkaBatch): bigint {
  const asked = 'fetchedOffset' in batch ? batch.fetchedOffset : undefined;
  return BigInt(typeof asked === 'string' || typeof asked === 'number' ? asked : (batch.firstOffset() ?? 0));
}

function toRoadMessage(message: KafkaMessage): RoadMessage {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers ?? {})) if (value !== undefined) headers[name] = String(Array.isArray(value) ? value[0] : value);
  return {
    offset: BigInt(message.offset),
    epoch: BigInt(headers['turnpikeepoch'] ?? 0),
    number: BigInt(headers['turnpikenumber'] ?? 0),
    key: message.key?.toString('utf8') ?? '',
    headers,
    body: message.value,
  };
}

function nameOf(one: { topic: string; partition: number }): string {
  return `${one.topic}/${one.partition}`;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
