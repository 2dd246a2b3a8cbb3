import type { Log } from '@turnpike/service';
import type { Consumer, EachBatchPayload, KafkaBatch, KafkaMessage } from './kafka-client.js';
import { KafkaPasses } from './kafka-passes.js';
import type { Batch, BatchOutcome, BatchReader, RoadMessage } from './message.js';

const COMMIT_EVERY_MS = 1_000;
/** So many partitions are handed over at once; `KafkaPasses` says how many of them are read. */
const PARTITIONS_AT_HAND = 96;

export interface ReadingParts {
  /** How often the group is told that this reader lives, also while a batch is handled. */
  readonly heartbeatMs: number;
  consumer(): Consumer;
  logName(): Promise<string>;
  offsets(topic: string): Promise<Array<{ partition: number; low: string; high: string }>>;
  /** What the group has committed; -1 where nothing is. */
  committed(topic: string): Promise<Array<{ partition: number; offset: string }>>;
}

/** One consumer of one group, made anew when it dies; its places come from the reader's database, not from Kafka. */
export class KafkaReading {
  private consumer: Consumer | null = null;
  private joins = 0;
  /** Where each partition is read on, since the last join. */
  private readonly goesOnAt = new Map<string, bigint>();
  private stopping = false;
  private committing: NodeJS.Timeout | undefined;
  private readonly passes: KafkaPasses;
  private readonly uncommitted = new Map<string, { topic: string; partition: number; offset: string }>();

  constructor(
    private readonly topics: readonly string[],
    private readonly reader: BatchReader,
    private readonly log: Log,
    private readonly parts: ReadingParts,
  ) {
    this.passes = new KafkaPasses(reader);
  }

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
    if (this.stopping) return void (await consumer.disconnect());
    await consumer.subscribe({ topics: [...this.topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: PARTITIONS_AT_HAND,
      eachBatch: (payload) => this.eachBatch(consumer, payload),
    });
  }

  private async eachBatch(
    consumer: Consumer,
    { batch, resolveOffset, heartbeat, isRunning, isStale, pause }: EachBatchPayload,
  ): Promise<void> {
    const { topic, partition } = batch;
    if (!isRunning() || isStale()) return;
    await heartbeat(); // it throws while partitions are shared out anew: what still waits in the queue is not begun then
    // Handlers may together take longer than the session lasts. A reader that has lost its membership finishes what it is at: whoever reads
    // the partition now waits for its place, and drops what took effect (road 1.5).
    let isMember = true;
    const beating = setInterval(() => void heartbeat().catch(() => (isMember = false)), this.parts.heartbeatMs);
    const outcome = await this.read(batch, () => isMember && isRunning() && !isStale());
    clearInterval(beating);
    if (outcome === null) return;
    this.goesOnAt.set(`${topic}/${partition}`, outcome.offset);
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

  private async read(batch: KafkaBatch, stillMine: () => boolean): Promise<BatchOutcome | null> {
    const { topic, partition } = batch;
    try {
      return await this.passes.read(await this.toBatch(batch), stillMine);
    } catch (error) {
      this.log.error('road.reader.failed', { topic, partition, error: asError(error), retryInMs: 1_000 });
      return { next: 'pause', offset: fetchedOffsetOf(batch), forMs: 1_000 };
    }
  }

  /**
   * kafkajs walks over offsets that compaction has emptied by itself and tells nobody: what lies between where we stopped and where the
   * next batch begins holds nothing, unless the log begins after it.
   */
  private async askedFrom(batch: KafkaBatch, logStart: () => Promise<bigint>): Promise<bigint> {
    const fetched = fetchedOffsetOf(batch);
    const goesOnAt = this.goesOnAt.get(`${batch.topic}/${batch.partition}`);
    if (goesOnAt === undefined || goesOnAt >= fetched) return fetched;
    return (await logStart()) <= goesOnAt ? goesOnAt : fetched;
  }

  private async toBatch(batch: KafkaBatch): Promise<Batch> {
    const { topic, partition } = batch;
    const logStart = async () => BigInt((await this.parts.offsets(topic)).find((one) => one.partition === partition)?.low ?? 0);
    return {
      topic,
      partition,
      log: await this.parts.logName(),
      askedFrom: await this.askedFrom(batch, logStart),
      logStart,
      messages: batch.messages.map(toRoadMessage),
      end: BigInt(batch.lastOffset()) + 1n,
      logEnd: async () => BigInt((await this.parts.offsets(topic)).find((one) => one.partition === partition)?.high ?? 0),
    };
  }

  /**
   * Puts every assigned partition to its place. Kafka's committed offset may be ahead of it after a restore, and then, with nothing new to
   * fetch, no batch would ever tell (road 2.1); an emptied log brings none either (2.3).
   */
  private async goToPlaces(consumer: Consumer, assignment: Record<string, number[]>): Promise<void> {
    const joined = ++this.joins;
    this.goesOnAt.clear();
    for (let waitMs = 200; !this.stopping && joined === this.joins; waitMs = Math.min(waitMs * 2, 5_000)) {
      try {
        for (const [topic, partitions] of Object.entries(assignment)) {
          const places = await this.reader.places(topic);
          const committed = new Map((await this.parts.committed(topic)).map(({ partition, offset }) => [partition, BigInt(offset)]));
          for (const { partition, low, high } of await this.parts.offsets(topic)) {
            if (!partitions.includes(partition)) continue;
            const known = places.get(partition);
            const place = known?.offset ?? 0n;
            const start = BigInt(low);
            const isOtherLog = known !== undefined && known.log !== (await this.parts.logName());
            const told = committed.get(partition) ?? -1n;
            // Only places are committed, so a place can never be below what was (road 2.0 d, l). Committed anew, it is found once.
            if (known !== undefined && !isOtherLog && place < told && told <= BigInt(high)) {
              await this.reader.behindCommitted(topic, partition, place, told);
              this.uncommitted.set(`${topic}/${partition}`, { topic, partition, offset: String(place) });
            }
            const isOutside = place < start || place > BigInt(high) || isOtherLog;
            if (place < start && !isOtherLog) await this.reader.missed(topic, partition, await this.parts.logName(), place, start);
            else if (isOutside) await this.reader.beyond(topic, partition, await this.parts.logName(), place, start);
            if (joined !== this.joins) return;
            const from = isOutside ? start : place;
            this.goesOnAt.set(`${topic}/${partition}`, from);
            consumer.seek({ topic, partition, offset: String(from) });
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
    await this.consumer
      .commitOffsets(offsets)
      .catch((error: unknown) => this.log.debug('road.kafka.commit-failed', { error: asError(error) }));
  }
}

/** kafkajs has it on the object and not in its types: the offset that the fetch asked for, before compaction's holes. */
function fetchedOffsetOf(batch: KafkaBatch): bigint {
  const asked = 'fetchedOffset' in batch ? batch.fetchedOffset : undefined;
  return BigInt(typeof asked === 'string' || typeof asked === 'number' ? asked : (batch.firstOffset() ?? 0));
}

export function toRoadMessage(message: KafkaMessage): RoadMessage {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers ?? {}))
    if (value !== undefined) headers[name] = String(Array.isArray(value) ? value[0] : value);
  const { turnpikeepoch: epoch = '', turnpikenumber: number = '' } = headers;
  // Whoever wrote it, it was not a relay of ours: without headers it belongs to nobody and is skipped, and said so.
  const isOurs = /^\d{1,18}$/.test(epoch) && /^\d{1,18}$/.test(number) && headers['ce_id'] !== undefined;
  return {
    offset: BigInt(message.offset),
    epoch: isOurs ? BigInt(epoch) : 0n,
    number: isOurs ? BigInt(number) : 0n,
    key: message.key?.toString('utf8') ?? '',
    headers: isOurs ? headers : {},
    body: message.value,
  };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
