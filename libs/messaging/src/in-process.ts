import { TOPICS } from '@turnpike/contracts-events';
import { inTransaction, type Log, type PostgresPool, prepared } from '@turnpike/service';
import { keepBus } from './bus-retention.js';
import { pageOfBus } from './bus-page.js';
import { InProcessTail } from './in-process-tail.js';
import { killPoints } from './kill-points.js';
import type { Batch, BatchReader, OutgoingMessage } from './message.js';
import { packBodies, unpackedBody } from './packed-bodies.js';
import type { Booking, LogEnds, RoadLog, TailSink } from './road-log.js';
import { Signal } from './signal.js';

const PARTITIONS_AT_ONCE = 3;
const POLL_SHORTEST_MS = 5;
const POLL_LONGEST_MS = 200;
const KEEP_EVERY_MS = 60 * 60 * 1000;

const APPEND = `insert into message (topic, partition, "offset", key, headers, body)
  select m.topic, m.partition, m."offset", m.key, m.headers, ${unpackedBody('$6', 'm')}
    from unnest($1::text[], $2::int[], $3::bigint[], $4::text[], $5::text[], $7::int[], $8::int[])
      as m(topic, partition, "offset", key, headers, start, length)`;

export interface InProcessOptions {
  /** The database `bus`, as its infrastructure role. */
  readonly pool: PostgresPool;
  readonly log: Log;
}

/**
 * A table-shaped Kafka (architecture rule 4): the same partitions, keys, numbers and places, in the database `bus`. The append and the
 * relay's book move in one transaction, so nothing is lost or doubled by a kill. Offsets are numbers.
 */
export class InProcessLog implements RoadLog {
  /** The readers of this process, of all its services: whoever appends wakes them, so that a hop need not wait for a poll. */
  private static readonly readers = new Set<Signal>();
  private name: string | null = null;
  private readonly keeping: NodeJS.Timeout;

  constructor(private readonly options: InProcessOptions) {
    this.keeping = setInterval(() => void this.keep(), KEEP_EVERY_MS);
    this.keeping.unref();
  }

  bookPool(): PostgresPool {
    return this.options.pool;
  }

  async append(messages: readonly OutgoingMessage[], book: Booking): Promise<void> {
    await inTransaction(this.options.pool, async (client) => {
      // The book first: a relay that has lost its lead must not append.
      await book([], client);
      if (messages.length === 0) return;
      const { bytes, starts, lengths } = packBodies(messages.map((message) => message.body));
      await prepared(client, APPEND, [
        messages.map((message) => message.topic),
        messages.map((message) => message.partition),
        messages.map((message) => String(message.number)),
        messages.map((message) => message.key),
        messages.map((message) => JSON.stringify(message.headers)),
        bytes,
        starts,
        lengths,
      ]);
      killPoints.sent.publish('bus');
    });
    for (const reader of InProcessLog.readers) reader.give();
  }

  async read(group: string, topics: readonly string[], reader: BatchReader): Promise<{ stop(): Promise<void> }> {
    const wake = new Signal();
    InProcessLog.readers.add(wake);
    const reading = new InProcessReading(group, topics, reader, wake, this.options, () => this.logName());
    reading.start();
    return {
      stop: async () => {
        InProcessLog.readers.delete(wake);
        await reading.stop();
      },
    };
  }

  async ends(topic: string): Promise<LogEnds> {
    const { rows } = await this.options.pool.query<{ partition: number; first: string; number: string }>(
      `select p.partition, p.number, coalesce(s.first_offset, 0) as first from relay_partition p left join log_start s using (topic, partition) where p.topic = $1`,
      [topic],
    );
    return {
      log: await this.logName(),
      partitions: new Map(rows.map((row) => [row.partition, { start: BigInt(row.first), end: BigInt(row.number) + 1n }])),
    };
  }

  async tail(topic: string, sink: TailSink): Promise<{ stop(): Promise<void> }> {
    const wake = new Signal();
    InProcessLog.readers.add(wake);
    const page = (partition: number, from: bigint) => pageOfBus(this.options.pool, topic, partition, from);
    const tail = new InProcessTail(sink, { ends: () => this.ends(topic), page }, wake, this.options.log);
    tail.start();
    return {
      stop: async () => {
        InProcessLog.readers.delete(wake);
        await tail.stop();
      },
    };
  }

  async check(): Promise<void> {
    await this.logName();
    await this.options.pool.query('select 1');
  }

  private async logName(): Promise<string> {
    if (this.name === null) {
      const { rows } = await this.options.pool.query<{ id: string }>('select id from incarnation');
      this.name = `in-process:${rows[0]?.id ?? 'unknown'}`;
    }
    return this.name;
  }

  async close(): Promise<void> {
    clearInterval(this.keeping);
  }

  private async keep(): Promise<void> {
    try {
      const gone = await keepBus(this.options.pool, TOPICS, new Date());
      if (gone > 0) this.options.log.info('road.bus.kept', { messagesGone: gone });
    } catch (error) {
      this.options.log.warn('road.bus.not-kept', {
        error: error instanceof Error ? error : new Error(String(error)),
        retryInMs: KEEP_EVERY_MS,
      });
    }
  }
}

type Waiting = { topic: string; partition: number; from: bigint };

/** One reader's loop. Whoever locks a partition for a batch has it for that batch; replicas in other processes take the others. */
class InProcessReading {
  private stopping = false;
  private running: Promise<void> = Promise.resolve();
  private readonly pausedUntil = new Map<string, number>();

  constructor(
    private readonly group: string,
    private readonly topics: readonly string[],
    private readonly reader: BatchReader,
    private readonly wake: Signal,
    private readonly options: InProcessOptions,
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
    let readSomething = false;
    const next = waiting.values();
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

  /** The partitions whose head is beyond this reader's place. */
  private async whatWaits(): Promise<Waiting[]> {
    const { rows: heads } = await this.options.pool.query<{
      topic: string;
      partition: number;
      number: string;
      first_offset: string | null;
    }>(
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
      waiting.push({ topic, partition, from: isMissed ? BigInt(first ?? 0) : from });
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
    const messages = await pageOfBus(this.options.pool, topic, partition, from);
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
