import { TOPICS } from '@turnpike/contracts-events';
import { inTransaction, type Log, type PostgresPool, prepared } from '@turnpike/service';
import { keepBus } from './bus-retention.js';
import { pagesOfBus } from './bus-page.js';
import { InProcessReading } from './in-process-reading.js';
import { InProcessTail } from './in-process-tail.js';
import { killPoints } from './kill-points.js';
import type { BatchReader, OutgoingMessage } from './message.js';
import { packBodies, unpackedBody } from './packed-bodies.js';
import type { Booking, LogEnds, RoadLog, TailSink, Unbooked } from './road-log.js';
import { Signal } from './signal.js';

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
  private known: string | null = null;
  private readonly keeping: NodeJS.Timeout;

  constructor(private readonly options: InProcessOptions) {
    this.keeping = setInterval(() => void this.keep(), KEEP_EVERY_MS);
    this.keeping.unref();
  }

  name(): Promise<string> {
    return this.logName();
  }

  async unbooked(): Promise<Unbooked> {
    return { messages: [], ends: new Map() };
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
    const pages = (starts: ReadonlyMap<number, bigint>) => pagesOfBus(this.options.pool, topic, starts);
    const tail = new InProcessTail(sink, { ends: () => this.ends(topic), pages }, wake, this.options.log);
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
    if (this.known === null) {
      const { rows } = await this.options.pool.query<{ id: string }>('select id from incarnation');
      this.known = `in-process:${rows[0]?.id ?? 'unknown'}`;
    }
    return this.known;
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
