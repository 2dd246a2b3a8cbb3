import type { Log, PostgresPool } from '@turnpike/service';
import type { RoadMetrics } from './metrics.js';

/** What of a topic is asked for: all of it, unless an organization is named. */
export interface WholeStateAsked {
  /** Of which life of the writer's database: a run of that one that is under way answers it, too (road 2.0 c). */
  readonly epoch?: number;
  readonly organization?: string;
}

/** Asks the writer of a topic to tell everything again. Resolves when the writer has accepted. */
export type AskForWholeState = (topic: string, asked: WholeStateAsked) => Promise<void>;

const ASK_AGAIN_MS = 10_000;
/** Partitions of a topic find their gaps together: one question for all of them. */
const GATHER_MS = 500;

/**
 * What this reader missed because the log began after its place. It is said aloud, kept until the writer has been asked for its whole
 * state, and asked outside every handler (architecture rule 2).
 */
export class Gaps {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly infrastructure: PostgresPool,
    private readonly ask: AskForWholeState,
    private readonly metrics: RoadMetrics,
    private readonly log: Log,
  ) {}

  /**
   * Offsets from (included) to (excluded) of a partition were never read here and are gone. The place is moved over them, so that they are
   * found once: those that begin where earlier ones did are others, of a log that was made again.
   */
  async found(topic: string, partition: number, from: bigint, to: bigint): Promise<void> {
    await this.note(topic, partition, from, to, true);
  }

  /** A new epoch begins with this message: whatever was told before may be of a lost time (road 2.0 c). */
  async newEpoch(topic: string, partition: number, at: bigint, epoch: bigint): Promise<void> {
    await this.note(topic, partition, at, at, true, epoch);
  }

  /** Something before these messages may be missing. The same suspicion may come up again as long as the messages cannot be handled. */
  async suspected(topic: string, partition: number, from: bigint, to: bigint): Promise<void> {
    await this.note(topic, partition, from, to, false);
  }

  /** This reader is new to a partition. One question answers for all partitions of the topic that it finds within a day. */
  async newHere(topic: string, partition: number, to: bigint): Promise<void> {
    const { rowCount } = await this.infrastructure.query(
      `select 1 from gap where topic = $1 and from_offset = 0 and found_at > clock_timestamp() - interval '1 day' limit 1`,
      [topic],
    );
    if (rowCount === 0) await this.suspected(topic, partition, 0n, to);
  }

  private async note(
    topic: string,
    partition: number,
    from: bigint,
    to: bigint,
    isNews: boolean,
    epoch: bigint | null = null,
  ): Promise<void> {
    const { rowCount } = await this.infrastructure.query(
      `insert into gap (topic, partition, from_offset, to_offset, epoch) values ($1, $2, $3, $4, $6)
       on conflict (topic, partition, from_offset) do update
          set to_offset = excluded.to_offset, epoch = excluded.epoch, found_at = clock_timestamp(), asked_at = null
        where gap.to_offset <> excluded.to_offset or (gap.asked_at is not null and $5)`,
      [topic, partition, String(from), String(to), isNews, epoch === null ? null : String(epoch)],
    );
    if (rowCount === 0) return;
    if (epoch !== null) return this.askSoon(GATHER_MS); // nothing is missing from the log, and the reader has said what it is
    this.metrics.gaps.inc({ topic });
    const isNew = from === 0n && !isNews; // nothing was lost: there was nobody to read it
    this.log[isNew ? 'info' : 'error'](isNew ? 'road.reader.new' : 'road.gap.found', {
      topic,
      partition,
      from,
      to,
      next: 'the writer is asked for its whole state',
    });
    this.askSoon(GATHER_MS);
  }

  /** Takes up the questions that an earlier life of this process left open. */
  start(): void {
    this.askSoon(0);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private askSoon(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.askForOpen(), ms);
    this.timer.unref();
  }

  private async askForOpen(): Promise<void> {
    let isAskedAgain = false;
    const askAgain = (error: unknown) => {
      this.log.warn('road.gap.ask.failed', { error: error instanceof Error ? error : new Error(String(error)), retryInMs: ASK_AGAIN_MS });
      if (!isAskedAgain) this.askSoon(ASK_AGAIN_MS);
      isAskedAgain = true;
    };
    try {
      const { rows } = await this.infrastructure.query<{ topic: string; until: string; epoch: string | null }>(
        // As text: a Date has milliseconds, and the newest row would never count as asked. An epoch alone is worth asking for: a run that
        // is under way answers that; where messages are missing as well, only a new one does.
        `select topic, max(found_at)::text as until, case when bool_and(epoch is not null) then max(epoch) end as epoch
           from gap where asked_at is null group by topic`,
      );
      // One writer that is away must not keep the others from being asked.
      for (const { topic, until, epoch } of rows) await this.askOne(topic, until, epoch).catch(askAgain);
    } catch (error) {
      askAgain(error);
    }
  }

  private async askOne(topic: string, until: string, epoch: string | null): Promise<void> {
    await this.ask(topic, epoch === null ? {} : { epoch: Number(epoch) });
    await this.infrastructure.query(
      `update gap set asked_at = clock_timestamp() where topic = $1 and asked_at is null and found_at <= $2::timestamptz`,
      [topic, until],
    );
    this.log.info('road.gap.asked', { topic });
  }
}
