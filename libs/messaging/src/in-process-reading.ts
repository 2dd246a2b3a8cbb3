import { type Log, type PostgresPool, prepared } from '@turnpike/service';
import { pageOfBus } from './bus-page.js';
import { severalOf, type Waiting, withSeveral } from './in-process-together.js';
import type { Batch, BatchReader, RoadMessage } from './message.js';
import type { Signal } from './signal.js';

const PARTITIONS_AT_ONCE = 3;
const POLL_SHORTEST_MS = 5;
const POLL_LONGEST_MS = 200;

/** One reader's loop. Whoever locks a partition for a batch has it for that batch; replicas in other processes take the others. */
export class InProcessReading {
  private stopping = false;
  private running: Promise<void> = Promise.resolve();
  private readonly pausedUntil = new Map<string, number>();

  constructor(
    private readonly group: string,
    private readonly topics: readonly string[],
    private readonly reader: BatchReader,
    private readonly wake: Signal,
    private readonly options: { readonly pool: PostgresPool; readonly log: Log },
    private readonly logName: () => Promise<string>,
  ) {}

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.wake.give();
    await this.running;
  }

  private async run(): Promise<void> {
    let idleMs = POLL_SHORTEST_MS;
    while (!this.stopping) {
      let readSomething = false;
      try {
        readSomething = await this.readWhatWaits();
      } catch (error) {
        this.options.log.warn('road.bus.unavailable', {
          error: error instanceof Error ? error : new Error(String(error)),
          retryInMs: POLL_LONGEST_MS,
        });
        idleMs = POLL_LONGEST_MS;
      }
      if (readSomething) {
        idleMs = POLL_SHORTEST_MS;
        continue;
      }
      await this.wake.wait(idleMs);
      idleMs = Math.min(idleMs * 2, POLL_LONGEST_MS);
    }
  }

  private async readWhatWaits(): Promise<boolean> {
    const waiting = await this.whatWaits();
    if (waiting.length === 0) return false;
    const { done, others } = await this.readSeveral(severalOf(waiting));
    let readSomething = done.length > 0;
    const next = waiting.filter((one) => !done.includes(one) && !others.includes(one)).values();
    const lane = async () => {
      for (const one of next) {
        if (this.stopping) return;
        if (await this.readPartition(one)) readSomething = true;
      }
    };
    const lanes = await Promise.allSettled(Array.from({ length: Math.min(PARTITIONS_AT_ONCE, waiting.length) }, lane));
    const failed = lanes.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
    return readSomething;
  }

  /** Reads partitions that have few messages each in shared transactions. @returns those that are done, and those that other replicas read */
  private async readSeveral(several: readonly Waiting[]): Promise<{ done: readonly Waiting[]; others: readonly Waiting[] }> {
    const done: Waiting[] = [];
    if (several.length === 0) return { done, others: [] };
    const others = await withSeveral(this.options.pool, this.group, several, async (pages) => {
      const batches = new Map<Batch, Waiting>();
      for (const [one, messages] of pages) batches.set(await this.batchOf(one.topic, one.partition, one.from, messages), one);
      for (const batch of await this.reader.readTogether([...batches.keys()])) done.push(batches.get(batch)!);
    });
    return { done, others };
  }

  /** The partitions whose head is beyond this reader's place. */
  private async whatWaits(): Promise<Waiting[]> {
    const { rows: heads } = await prepared<{ topic: string; partition: number; number: string; first_offset: string | null }>(
      this.options.pool,
      `select p.topic, p.partition, p.number, s.first_offset from relay_partition p left join log_start s using (topic, partition) where p.topic = any($1::text[])`,
      [this.topics],
    );
    if (heads.length === 0) return [];
    const places = new Map<string, Map<number, { offset: bigint; log: string }>>();
    for (const topic of this.topics) places.set(topic, await this.reader.places(topic));
    const waiting: Waiting[] = [];
    for (const { topic, partition, number, first_offset: first } of heads) {
      const known = places.get(topic)?.get(partition);
      const from = known?.offset ?? 0n;
      // A place right behind the head is the normal one; further on, or on another log, it says nothing about this one.
      const isElsewhere = known !== undefined && (known.log !== (await this.logName()) || from > BigInt(number) + 1n);
      if (isElsewhere) await this.reader.beyond(topic, partition, await this.logName(), from, BigInt(first ?? 0));
      else if (from > BigInt(number)) continue;
      if ((this.pausedUntil.get(`${topic}/${partition}`) ?? 0) > Date.now()) continue;
      if (!isElsewhere && first !== null && from < BigInt(first))
        await this.reader.missed(topic, partition, await this.logName(), from, BigInt(first));
      const isMissed = isElsewhere || (first !== null && from < BigInt(first));
      const start = isMissed ? BigInt(first ?? 0) : from;
      waiting.push({ topic, partition, from: start, messages: Number(BigInt(number) - start) + 1 });
    }
    return waiting;
  }

  private async readPartition({ topic, partition, from }: Waiting): Promise<boolean> {
    const client = await this.options.pool.connect();
    let broken: Error | undefined;
    try {
      const lock = `${this.group}/${topic}/${partition}`;
      const { rows } = await prepared<{ locked: boolean }>(client, `select pg_try_advisory_lock(hashtextextended($1, 1)) as locked`, [
        lock,
      ]);
      if (rows[0]?.locked !== true) return false; // another replica is reading it
      try {
        return await this.readLocked(topic, partition, from);
      } finally {
        await prepared(client, `select pg_advisory_unlock(hashtextextended($1, 1))`, [lock]);
      }
    } catch (error) {
      broken = error instanceof Error ? error : new Error(String(error));
      throw error;
    } finally {
      client.release(broken); // a broken session is closed, and its lock with it
    }
  }

  /** @param from the place before the lock: where another replica has moved it since, the reader says so, and this batch is read anew */
  private async readLocked(topic: string, partition: number, from: bigint): Promise<boolean> {
    const batch = await this.batchFrom(topic, partition, from);
    if (batch.messages.length === 0) return false;
    const outcome = await this.reader.read(batch, () => !this.stopping);
    if (outcome.next === 'pause') this.pausedUntil.set(`${topic}/${partition}`, Date.now() + outcome.forMs);
    return outcome.next === 'read-on';
  }

  private async logStart(topic: string, partition: number): Promise<bigint> {
    const { rows } = await this.options.pool.query<{ first_offset: string }>(
      `select first_offset from log_start where topic = $1 and partition = $2`,
      [topic, partition],
    );
    return BigInt(rows[0]?.first_offset ?? 0);
  }

  private async logEnd(topic: string, partition: number): Promise<bigint> {
    const { rows } = await this.options.pool.query<{ number: string }>(
      `select number from relay_partition where topic = $1 and partition = $2`,
      [topic, partition],
    );
    return BigInt(rows[0]?.number ?? 0) + 1n;
  }

  private async batchFrom(topic: string, partition: number, from: bigint): Promise<Batch> {
    return this.batchOf(topic, partition, from, await pageOfBus(this.options.pool, topic, partition, from));
  }

  private async batchOf(topic: string, partition: number, from: bigint, messages: readonly RoadMessage[]): Promise<Batch> {
    return {
      topic,
      partition,
      log: await this.logName(),
      askedFrom: from,
      logStart: () => this.logStart(topic, partition),
      messages,
      end: messages.length > 0 ? messages.at(-1)!.offset + 1n : from,
      logEnd: () => this.logEnd(topic, partition),
    };
  }
}
