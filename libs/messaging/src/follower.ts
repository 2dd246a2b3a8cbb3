import type { EventOf, Topic } from '@turnpike/contracts-events';
import type { Log, PostgresPool } from '@turnpike/service';
import { eventOf } from './incoming.js';
import { Lives } from './life.js';
import { isStale } from './heard-epochs.js';
import { markerOf } from './markers.js';
import type { RoadMessage } from './message.js';
import type { LogEnds, RoadLog, TailSink } from './road-log.js';
import { Signal } from './signal.js';

/** What follows a topic of its own service in memory (architecture rule 15). */
export interface Following<T extends Topic> {
  /**
   * Loads everything that the service's database has, in place of what was there: first of all, and whenever messages may have been missed.
   * @param organizations every one that this service has ever heard of
   * @param epoch of the service's database: what is in it is as good as told in that one
   */
  load(organizations: readonly string[], epoch: number): Promise<void>;
  /** Takes in one message: each at least once, those of one order key in their order, and perhaps some that the load has seen already. */
  apply(event: EventOf<T>): void;
}

/** How far a replica can prove that it has missed nothing. */
export interface Freshness {
  /** What is in memory was the whole truth then, or a later one. */
  asOf(): Date;
}

export interface FollowerParts {
  readonly service: string;
  readonly roadLog: RoadLog;
  /** The service's database as its infrastructure role: who leads what is told, and what was told and not sent. */
  readonly infrastructure: PostgresPool;
  readonly log: Log;
  /** Milliseconds between two proofs. */
  readonly proveEveryMs: number;
}

/** A row that was told so long ago and is not sent means that the relay is stuck, and that standing at the log's end proves nothing. */
const UNSENT_SECONDS = 5;
const LOAD_AGAIN_MS = 1_000;

interface Standing {
  next: bigint;
  /** Of the last message seen; null before the first. */
  number: bigint | null;
  epoch: bigint | null;
}

/**
 * Keeps one replica's memory the same as its service's database: loads it, then takes in what is appended to the service's own topic, outside
 * the consumer group, so that every replica hears everything. The log's ends are asked for before the load, so nothing falls between.
 * A gap, a new epoch or another log means: load again.
 *
 * No heartbeat travels. A replica proves by itself that it is fresh: it asks the log for its ends, and its database whether anything
 * that was told is stuck (docs/decisions/0010).
 */
export class Follower<T extends Topic> implements Freshness, TailSink {
  private standings = new Map<number, Standing>();
  private logName: string | null = null;
  private provenAt = new Date(0);
  private pending: { at: Date; ends: LogEnds } | null = null;
  private isLost = false;
  private isStopping = false;
  private readonly wake = new Signal();
  private running: Promise<void> = Promise.resolve();

  constructor(
    readonly topic: T,
    private readonly following: Following<T>,
    private readonly parts: FollowerParts,
  ) {}

  /** Loads, then follows until it is stopped. @throws when the service's own database cannot be read; the log may come later */
  async start(): Promise<void> {
    const ends = await this.parts.roadLog.ends(this.topic.name).catch((error: unknown) => {
      this.parts.log.warn('road.follower.log-unreachable', { topic: this.topic.name, error: asError(error), willRetry: true });
      return null;
    });
    await this.load(ends);
    this.running = this.run(ends === null);
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    this.wake.give();
    await this.running;
  }

  asOf(): Date {
    return this.provenAt;
  }

  positionOf(partition: number): bigint {
    return this.standings.get(partition)?.next ?? 0n;
  }

  take(partition: number, messages: readonly RoadMessage[], end: bigint): void {
    if (this.isLost) return; // what comes now comes again from where the load says
    const standing = this.standings.get(partition) ?? { next: 0n, number: null, epoch: null };
    this.standings.set(partition, standing);
    for (const message of messages) {
      if (message.offset < standing.next) continue;
      if (this.isGap(standing, message)) return this.lose('messages are missing');
      const isDouble = standing.number !== null && message.number <= standing.number;
      if (message.epoch > 0n && !isDouble) Object.assign(standing, { number: message.number, epoch: message.epoch });
      standing.next = message.offset + 1n;
      if (!isDouble && markerOf(message) === null) this.apply(message);
    }
    if (end > standing.next) standing.next = end;
    this.settle();
  }

  private isGap({ number, epoch }: Standing, message: RoadMessage): boolean {
    if (number === null || epoch === null || message.epoch === 0n) return false;
    return message.epoch > epoch || message.number > number + 1n;
  }

  private apply(message: RoadMessage): void {
    try {
      // The parse that made it an event was this topic's own.
      this.following.apply(eventOf(this.topic, message) as EventOf<T>);
    } catch (error) {
      // A newer replica told it; this one is about to be replaced, and keeps what it knew.
      this.parts.log.warn('road.follower.unreadable', { topic: this.topic.name, key: message.key, error: asError(error) });
    }
  }

  private lose(because: string): void {
    if (this.isLost) return;
    this.isLost = true;
    this.parts.log.warn('road.follower.loads-again', { topic: this.topic.name, because });
    this.wake.give();
  }

  private async run(loadFirst: boolean): Promise<void> {
    let mustLoad = loadFirst;
    while (!this.isStopping) {
      try {
        if (mustLoad) await this.load(await this.parts.roadLog.ends(this.topic.name));
        mustLoad = true;
        await this.followUntilLost();
      } catch (error) {
        this.parts.log.warn('road.follower.interrupted', { topic: this.topic.name, error: asError(error), retryInMs: LOAD_AGAIN_MS });
      }
      if (!this.isStopping) await this.wake.wait(LOAD_AGAIN_MS);
    }
  }

  private async load(ends: LogEnds | null): Promise<void> {
    const at = new Date();
    const { rows } = await this.parts.infrastructure.query<{ organization: string }>(
      `select distinct organization from place where organization <> '' order by organization`,
    );
    // Asked before: whatever is told in a later one is newer than what is loaded.
    const { epoch } = await new Lives(this.parts.infrastructure).read();
    await this.following.load(
      rows.map((row) => row.organization),
      Number(epoch),
    );
    this.isLost = false;
    this.pending = null;
    this.logName = ends?.log ?? null;
    this.standings = new Map(
      [...(ends?.partitions ?? [])].map(([partition, { end }]) => [partition, { next: end, number: null, epoch: null }]),
    );
    this.provenAt = at;
  }

  private async followUntilLost(): Promise<void> {
    const tail = await this.parts.roadLog.tail(this.topic.name, this);
    try {
      while (!this.isStopping && !this.isLost) {
        await this.prove().catch((error: unknown) =>
          this.parts.log.debug('road.follower.not-proven', { topic: this.topic.name, error: asError(error) }),
        );
        if (!this.isLost) await this.wake.wait(this.parts.proveEveryMs);
      }
    } finally {
      await tail.stop();
    }
  }

  private async prove(): Promise<void> {
    const at = new Date();
    const ends = await this.parts.roadLog.ends(this.topic.name);
    if (ends.log !== this.logName) return this.lose('the log is another one');
    for (const [partition, { start, end }] of ends.partitions) {
      const next = this.positionOf(partition);
      if (next < start) return this.lose('the log begins after what was read');
      if (next > end && (await this.isBeyond(partition))) return this.lose('the log ends before what was read');
    }
    if ((await this.isStuck()) || (await isStale(this.parts.infrastructure))) return;
    this.pending = { at, ends };
    this.settle();
  }

  /** Asked anew: messages may have come between the first asking and its answer. */
  private async isBeyond(partition: number): Promise<boolean> {
    const next = this.positionOf(partition); // before the answer, which is then the later of the two
    const ends = await this.parts.roadLog.ends(this.topic.name);
    return next > (ends.partitions.get(partition)?.end ?? 0n);
  }

  private settle(): void {
    if (this.pending === null || this.isLost) return;
    for (const [partition, { end }] of this.pending.ends.partitions) if (this.positionOf(partition) < end) return;
    this.provenAt = this.pending.at;
    this.pending = null;
  }

  /** Whether anything that this service told on the topic waits too long to be sent: by the relay's book, as the relay itself sees it. */
  private async isStuck(): Promise<boolean> {
    const { service, roadLog, infrastructure } = this.parts;
    const book = roadLog.bookPool({ infrastructure });
    const { rows } = await book.query<{ closed: string | null; lagging: boolean }>(
      `select closed::text as closed,
              exists (select 1 from relay_partition p where p.service = w.service and p.topic = $2 and p.lag_closed is not null) as lagging
         from relay_window w where service = $1`,
      [service, this.topic.name],
    );
    const window = rows[0];
    if (window?.lagging) return true;
    const unsent = await infrastructure.query<{ unsent: boolean }>(
      `select exists (
         select 1 from outbox o
          where ($1::text is null or o.txid >= pg_snapshot_xmax($1::text::pg_snapshot) or o.txid = any(array(select pg_snapshot_xip($1::text::pg_snapshot))))
            and o.topic = $2 and o.announced_at < clock_timestamp() - make_interval(secs => $3)) as unsent`,
      [window?.closed ?? null, this.topic.name, UNSENT_SECONDS],
    );
    return unsent.rows[0]?.unsent ?? false;
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
