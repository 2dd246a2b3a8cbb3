import type { Log } from '@turnpike/service';
import type { Consumer, EachBatchPayload } from './kafka-client.js';
import { toRoadMessage } from './kafka-reading.js';
import type { TailSink } from './road-log.js';

/**
 * Hands over what is appended to one topic, to one replica. kafkajs has no manual assignment, so each replica is the only member of a group
 * of its own, which commits nothing: on every join it goes to the replica's own positions, in the listener itself, since an uncommitted
 * group would otherwise begin at its default (road, "Rule 15 with kafkajs").
 */
export class KafkaTail {
  private consumer: Consumer | null = null;
  private isStopping = false;

  constructor(
    private readonly topic: string,
    private readonly sink: TailSink,
    private readonly log: Log,
    private readonly newConsumer: () => Consumer,
    private readonly leave: () => Promise<void>,
  ) {}

  /** Returns at once; connecting is repeated until it works. */
  start(): void {
    void this.connect();
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    await this.consumer?.disconnect().catch(() => undefined); // a broker that is gone needs no goodbye
    await this.leave().catch((error: unknown) =>
      this.log.debug('road.kafka.group-left-behind', { topic: this.topic, error: asError(error) }),
    );
  }

  private async connect(): Promise<void> {
    for (let waitMs = 200; !this.isStopping; waitMs = Math.min(waitMs * 2, 5_000)) {
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
    const consumer = this.newConsumer();
    this.consumer = consumer;
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      this.log.warn('road.kafka.reader-crashed', { error: payload.error, restarts: payload.restart });
      if (payload.restart || this.isStopping || this.consumer !== consumer) return;
      void consumer.disconnect().catch(() => undefined);
      void this.connect();
    });
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => this.goToPositions(consumer, payload.memberAssignment[this.topic] ?? []));
    await consumer.connect();
    if (this.isStopping) return void (await consumer.disconnect());
    await consumer.subscribe({ topics: [this.topic], fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: (payload) => this.eachBatch(payload) });
  }

  private goToPositions(consumer: Consumer, partitions: readonly number[]): void {
    for (const partition of partitions) consumer.seek({ topic: this.topic, partition, offset: String(this.sink.positionOf(partition)) });
  }

  private async eachBatch({ batch, resolveOffset, isRunning, isStale }: EachBatchPayload): Promise<void> {
    if (!isRunning() || isStale()) return;
    this.sink.take(batch.partition, batch.messages.map(toRoadMessage), BigInt(batch.lastOffset()) + 1n);
    resolveOffset(batch.lastOffset());
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
