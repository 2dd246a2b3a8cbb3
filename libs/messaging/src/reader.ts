import { sqlStateOf, type Database, type Log } from '@turnpike/service';
import { BurialsInARow } from './burials-in-a-row.js';
import type { DeadLetters } from './dead-letters.js';
import { asError, BURIALS_IN_A_ROW, causeOf, REPEATS, REPEATS_TOGETHER, TRIES_ALONE, verdictOn } from './failure.rules.js';
import type { Gaps } from './gaps.js';
import { newHappenings } from './happenings.js';
import type { HeardEpochs } from './heard-epochs.js';
import type { TopicHandler } from './incoming.js';
import { killPoints } from './kill-points.js';
import { lockKeys } from './lock-keys.js';
import { partitionName, type Batch, type BatchOutcome, type BatchReader, type RoadMessage } from './message.js';
import type { RoadMetrics } from './metrics.js';
import { newest, placeComparison, type Places } from './place.js';
import { ReadingStart } from './reading-start.js';
import { ReadingTogether } from './reading-together.js';
import { takeEffect, type Progress } from './run-effects.js';
import { cutAround, RunFailed, runsOf, tellUnreadable, type Run } from './run.js';

/** Messages per transaction: few enough that little is repeated when one fails and locks fit PostgreSQL's table, enough to share a commit. */
const MESSAGES_PER_TRANSACTION = 100;
const PAUSE_UNAVAILABLE_MS = 500;
const PAUSE_STOPPED_MS = 15_000;
/** The reader had to stop on its way: whoever reads the partition next goes on at the place. */
const LEFT = 0;
/** Milliseconds to pause the partition for; or this organization waits until the others of the chunk have had their turn; or nothing is in the way. */
type Halt = number | 'others-first' | null;

/** Everything a reader works with, so that its constructor stays readable. */
export interface ReaderParts {
  readonly service: string;
  readonly database: Database;
  readonly places: Places;
  readonly deadLetters: DeadLetters;
  readonly gaps: Gaps;
  readonly epochs: HeardEpochs;
  /** This service's database was set back, as its readers have found. */
  readonly setBack: (because: string) => Promise<void>;
  readonly metrics: RoadMetrics;
  readonly log: Log;
}

/**
 * Turns batches into effects, exactly once (architecture rules 2 and 3). One transaction per organization in a batch: the place is locked
 * first, numbers at or below it are dropped, the order keys are locked in sorted order, the handler prepares for all and handles each, and
 * the place commits with what it did. A run that fails is cut around the message that failed, so that its neighbours still share commits.
 */
export class Reader implements BatchReader {
  private readonly start: ReadingStart;
  private readonly inARow = new BurialsInARow();
  private readonly shared: ReadingTogether;

  constructor(
    private readonly handlers: ReadonlyMap<string, TopicHandler>,
    private readonly parts: ReaderParts,
  ) {
    this.start = new ReadingStart(parts.places, parts.gaps);
    this.shared = new ReadingTogether({
      ...parts,
      start: this.start,
      tookEffect: (batch, offsets) => {
        this.inARow.worked(partitionName(batch), offsets);
        this.inARow.settled(partitionName(batch));
      },
    });
  }

  places(topic: string): Promise<Map<number, { offset: bigint; log: string }>> {
    return this.parts.places.ofTopic(topic);
  }

  missed(topic: string, partition: number, log: string, from: bigint, to: bigint): Promise<void> {
    return this.start.missed(topic, partition, log, from, to);
  }

  behindCommitted(topic: string, partition: number, place: bigint, committed: bigint): Promise<void> {
    return this.parts.setBack(`the place of ${topic}/${partition} is ${place}, and ${committed} was committed to the broker`);
  }

  beyond(topic: string, partition: number, log: string, stands: bigint, start: bigint): Promise<void> {
    return this.start.beyond(topic, partition, log, stands, start);
  }

  async read(batch: Batch, stillMine: () => boolean): Promise<BatchOutcome> {
    const handler = this.handlers.get(batch.topic);
    if (!handler) throw new Error(`Nothing here hears ${batch.topic}.`);
    try {
      const { from, epoch } = await this.start.of(batch, handler.topic);
      if (from < batch.askedFrom || from >= batch.end) return { next: 'read-from', offset: from };
      const messages = batch.messages.filter((message) => message.offset >= from);
      return await this.parts.epochs.read(batch, handler.topic, messages, epoch, (part, some) =>
        this.readAll(part, handler, some, stillMine),
      );
    } catch (error) {
      // Only the infrastructure's own statements throw here: the handlers' failures are decided run by run.
      this.parts.log.warn('road.reader.unavailable', {
        topic: batch.topic,
        partition: batch.partition,
        error: asError(error),
        retryInMs: PAUSE_UNAVAILABLE_MS,
      });
      return { next: 'pause', offset: batch.askedFrom, forMs: PAUSE_UNAVAILABLE_MS };
    }
  }

  async readTogether(batches: readonly Batch[]): Promise<ReadonlySet<Batch>> {
    const done = new Set<Batch>();
    for (const [topic, handler] of this.handlers) {
      const ofTopic = batches.filter((batch) => batch.topic === topic);
      for (const batch of await this.shared.read(handler, ofTopic)) done.add(batch);
    }
    return done;
  }

  private async readAll(
    batch: Batch,
    handler: TopicHandler,
    messages: readonly RoadMessage[],
    stillMine: () => boolean,
  ): Promise<BatchOutcome> {
    let done = messages[0]?.offset ?? batch.end;
    for (let first = 0; first < messages.length; first += MESSAGES_PER_TRANSACTION) {
      if (!stillMine()) return { next: 'read-from', offset: done };
      const chunk = messages.slice(first, first + MESSAGES_PER_TRANSACTION);
      const isLast = first + MESSAGES_PER_TRANSACTION >= messages.length;
      const end = isLast ? batch.end : chunk.at(-1)!.offset + 1n;
      const pause = await this.readChunk(batch, handler, chunk, end, stillMine);
      if (pause !== null) return { next: 'pause', offset: done, forMs: pause };
      done = end;
    }
    if (messages.length === 0) await this.parts.places.moveOver(batch, batch.end);
    killPoints.committed.publish(batch.topic);
    return { next: 'read-on', offset: batch.end };
  }

  /**
   * One organization after the other. One with too many burials in a row waits for what the others say: had messages of theirs between them
   * taken effect, the fault would not be here. @returns milliseconds to pause the partition for, null when all is done
   */
  private async readChunk(
    batch: Batch,
    handler: TopicHandler,
    chunk: readonly RoadMessage[],
    end: bigint,
    goesOn: () => boolean,
  ): Promise<number | null> {
    const { runs, unreadable } = runsOf(batch, handler, chunk, end, goesOn);
    tellUnreadable(this.parts, batch, unreadable);
    if (runs.length === 0) await this.parts.places.moveOver(batch, end);
    const waiting: Run[] = [];
    for (const run of runs) {
      // The offset moves with the last organization: when one waits for the others, it is the last.
      const pause = await this.run(waiting.length > 0 ? { ...run, end: null } : run);
      if (pause === 'others-first') waiting.push(run);
      else if (pause !== null) return pause;
      if (run !== runs.at(-1)) killPoints.betweenOrganizations.publish(run.organization);
    }
    for (const run of waiting) {
      const pause = await this.run({ ...run, end: run === waiting.at(-1) ? end : null, isLastWord: true });
      if (typeof pause === 'number') return pause;
    }
    this.inARow.settled(partitionName(batch));
    return null;
  }

  /** Runs messages together, and where that fails in ever smaller parts around what failed. */
  private async run(run: Run): Promise<Halt> {
    const { batch } = run;
    let failed: RunFailed | null = null;
    // A run that meets another writer again and again is cut sooner than a message is given up: the member must stay in its group.
    const repeats = run.messages.length === 1 ? REPEATS : REPEATS_TOGETHER;
    for (let tries = 0; tries < repeats; tries++) {
      const outcome = await this.together(run);
      if (outcome === 'left') return LEFT;
      failed = outcome;
      if (!failed) return null;
      const verdict = verdictOn(failed.cause);
      if (verdict === 'wait') {
        this.parts.log.warn('road.partition.paused', {
          topic: batch.topic,
          partition: batch.partition,
          error: asError(failed.cause),
          retryInMs: PAUSE_UNAVAILABLE_MS,
        });
        return PAUSE_UNAVAILABLE_MS;
      }
      if (verdict === 'stop') return this.stop(run, failed.cause);
      if (verdict !== 'repeat') break;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * (tries + 1)));
    }
    if (!failed) return null;
    if (run.messages.length === 1) return this.alone(run, run.messages[0]!, failed.cause);
    for (const part of cutAround(run, failed.at)) {
      const pause = await this.run(part);
      if (pause !== null) return pause;
    }
    return null;
  }

  /** @returns the failure, null when it is committed, `left` when it is as far as it came before the reader had to stop */
  private async together(run: Run): Promise<RunFailed | 'left' | null> {
    const { batch, messages } = run;
    const progress: Progress = { at: null };
    try {
      const { offsets, isLeft } = await takeEffect(this.parts, run, progress);
      if (offsets.length > 0) this.inARow.worked(partitionName(batch), offsets);
      this.parts.metrics.took(batch.topic, offsets.length, messages[0]);
      if (isLeft) return 'left';
      this.parts.metrics.dropped.inc({ topic: batch.topic }, messages.length - offsets.length);
      return null;
    } catch (error) {
      return new RunFailed(error, progress.at);
    }
  }

  /** A message that failed by itself: tried again if it may be a bug, then buried, in one transaction with its place. */
  private async alone(run: Run, message: RoadMessage, firstError: unknown): Promise<Halt> {
    let error = firstError;
    let attempts = 1;
    while (verdictOn(error) === 'retry' && attempts < TRIES_ALONE) {
      const failed = await this.together(run);
      if (failed === null || failed === 'left') return null; // one message is never left half-way
      error = failed.cause;
      attempts++;
    }
    const verdict = verdictOn(error);
    // Writers that keep meeting are no fault of the message; a unique key that is always taken is.
    if (verdict === 'wait' || (verdict === 'repeat' && sqlStateOf(error) !== '23505')) return PAUSE_UNAVAILABLE_MS;
    if (verdict === 'stop') return this.stop(run, error);
    if (this.inARow.before(partitionName(run.batch), message.offset) >= BURIALS_IN_A_ROW)
      return run.isLastWord ? this.stop(run, error) : 'others-first';
    try {
      await this.bury(run, message, error, attempts);
    } catch (failure) {
      return this.stop(run, failure);
    }
    this.inARow.buried(partitionName(run.batch), message.offset);
    return null;
  }

  private async bury(run: Run, message: RoadMessage, error: unknown, attempts: number): Promise<void> {
    const { batch, handler, organization, end } = run;
    const cause = causeOf(error);
    let isFresh = false;
    await this.parts.database.transaction(organization, async (transaction) => {
      const place = await this.parts.places.lock(transaction, batch);
      isFresh = placeComparison.isAbove(message, place) && (await newHappenings(transaction, handler.topic, [message])).length > 0;
      if (isFresh) {
        await lockKeys(transaction, run.readings.get(message)!.keys);
        await this.parts.deadLetters.bury(transaction, handler, batch, message, cause, attempts);
      }
      // Another reader may have got here first and gone on: the place never moves back.
      await this.parts.places.move(transaction, batch, placeComparison.isAbove(message, place) ? newest([message]) : null, end);
    });
    if (!isFresh) return;
    this.parts.metrics.buried.inc({ topic: batch.topic, code: cause.code });
    this.parts.log.error('road.message.buried', {
      topic: batch.topic,
      partition: batch.partition,
      number: message.number,
      organization,
      messageId: message.headers['ce_id'],
      code: cause.code,
      cause: cause.message,
      attempts,
    });
  }

  /** Nothing of this partition can work until someone acts. It is tried again now and then, so that a repaired cause needs no restart. */
  private stop(run: Run, error: unknown): number {
    const { batch } = run;
    this.parts.metrics.stopped.inc({ topic: batch.topic });
    this.parts.log.error('road.partition.stopped', {
      topic: batch.topic,
      partition: batch.partition,
      organization: run.organization,
      error: asError(error),
      retryInMs: PAUSE_STOPPED_MS,
    });
    return PAUSE_STOPPED_MS;
  }
}
