import type { Database } from '@turnpike/service';
import { verdictOn } from './failure.rules.js';
import { newHappenings } from './happenings.js';
import type { TopicHandler } from './incoming.js';
import { killPoints } from './kill-points.js';
import { lockKeys } from './lock-keys.js';
import { type Batch, partitionName, type RoadMessage } from './message.js';
import type { RoadMetrics } from './metrics.js';
import { above, newest, type Places } from './place.js';
import type { ReadingStart } from './reading-start.js';
import { runsOf, type Run } from './run.js';
import { tracedHandling, tracedTransaction } from './traced-handling.js';

/** Messages in one pass: enough to share a commit, and locks still fit PostgreSQL's table. */
export const MOST_TOGETHER = 200;
/** How long the partition of a message that failed is read by itself. */
const ALONE_MS = 10_000;
/** Handlers that take longer together are read partition by partition, where each can stop at its next message. */
const LONGEST_MS = 1_000;
const ALONE_WHEN_SLOW_MS = 60_000;

export interface TogetherParts {
  readonly service: string;
  readonly database: Database;
  readonly places: Places;
  readonly metrics: RoadMetrics;
  readonly start: ReadingStart;
  /** A batch took effect: these offsets of it, the others were copies. */
  readonly tookEffect: (batch: Batch, offsets: readonly bigint[]) => void;
}

/** Nothing is wrong but that it takes long. */
class TakesLong extends Error {}

type Fresh = { readonly run: Run; readonly messages: readonly RoadMessage[] };

/**
 * The short way for what is nearly always so: batches of several partitions, nothing wrong with any, share one transaction for each
 * organization. Places and order keys are locked, compared and moved as for a single batch (architecture rule 2), all of them before the
 * first handler runs. Whatever is not plain is left to the reader, which takes each batch by itself; an organization whose part
 * was committed here is then found to be a copy.
 */
export class ReadingTogether {
  private readonly aloneUntil = new Map<string, number>();

  constructor(private readonly parts: TogetherParts) {}

  /** @param batches of one topic @returns those that are done; the others are to be read by themselves */
  async read(handler: TopicHandler, batches: readonly Batch[]): Promise<ReadonlySet<Batch>> {
    const plain = await this.plainOf(handler, batches);
    const byOrganization = new Map<string, Run[]>();
    const together = new Set<Batch>();
    for (const batch of plain) {
      const { runs, unreadable } = runsOf(batch, handler, batch.messages, batch.end);
      if (unreadable.length > 0 || runs.some(hasUnreadable)) continue;
      together.add(batch);
      for (const run of runs) {
        const known = byOrganization.get(run.organization);
        if (known) known.push(run);
        else byOrganization.set(run.organization, [run]);
      }
    }
    if (together.size < 2) return new Set();
    const done: Fresh[] = [];
    for (const [organization, runs] of this.lastOnesLast(byOrganization)) {
      if (done.length > 0) killPoints.betweenOrganizations.publish(organization);
      const fresh = await this.organization(handler, organization, runs);
      if (fresh === null) return new Set();
      for (const { run, messages } of fresh) this.parts.metrics.took(run.batch.topic, messages.length, messages[0]);
      done.push(...fresh);
    }
    for (const batch of together) {
      const fresh = done.flatMap(({ run, messages }) => (run.batch === batch ? messages : []));
      this.parts.metrics.dropped.inc({ topic: batch.topic }, batch.messages.length - fresh.length);
      this.parts.tookEffect(
        batch,
        fresh.map(({ offset }) => offset),
      );
      killPoints.committed.publish(batch.topic);
    }
    return together;
  }

  private async plainOf(handler: TopicHandler, batches: readonly Batch[]): Promise<Batch[]> {
    // What is parked looks at what lies there already; that is the reader's.
    if (handler.topic.burial === 'parks' || batches.length < 2) return [];
    const places = await this.parts.places.ofTopic(handler.topic.name);
    const now = Date.now();
    return batches.filter(
      (batch) =>
        batch.messages.length > 0 &&
        (this.aloneUntil.get(partitionName(batch)) ?? 0) <= now &&
        this.parts.start.isPlain(batch, handler.topic, places.get(batch.partition) ?? null),
    );
  }

  /** A batch's offset moves with its last organization, which must not be committed before the others. */
  private lastOnesLast(byOrganization: ReadonlyMap<string, Run[]>): Array<[string, Run[]]> {
    if (byOrganization.size === 1) return [...byOrganization];
    const seen = new Map<Batch, Run>();
    const entries = [...byOrganization];
    for (const [, runs] of entries) for (const run of runs) seen.set(run.batch, run);
    return entries.map(([organization, runs]) => [
      organization,
      runs.map((run) => ({ ...run, end: seen.get(run.batch) === run ? run.batch.end : null })),
    ]);
  }

  /** @returns what took effect; null when something failed, and nothing did */
  private async organization(handler: TopicHandler, organization: string, runs: readonly Run[]): Promise<Fresh[] | null> {
    const { places, service } = this.parts;
    let at: Run | null = null;
    try {
      const messages = runs.flatMap((run) => run.messages);
      return await tracedTransaction(this.parts, organization, messages, async (transaction) => {
        const known = await places.lockAll(
          transaction,
          runs.map(({ batch }) => batch),
        );
        const due = runs.map((run, index) => above(known[index]!, run.messages));
        const fresh: Fresh[] = [];
        for (const [index, run] of runs.entries())
          fresh.push({ run, messages: await newHappenings(transaction, handler.topic, due[index] ?? []) });
        await lockKeys(
          transaction,
          fresh.flatMap(({ run, messages }) => messages.flatMap((message) => run.readings.get(message)?.keys ?? [])),
        );
        const events = fresh.flatMap(({ run, messages }) =>
          messages.map((message) => ({ run, event: run.readings.get(message)?.event ?? null })),
        );
        const readable = events.flatMap(({ event }) => (event === null ? [] : [event]));
        if (readable.length > 0) await handler.prepare?.(readable);
        const begunAt = performance.now();
        for (const { run, event } of events) {
          if (event === null) continue;
          if (performance.now() - begunAt > LONGEST_MS) throw new TakesLong();
          at = run;
          await tracedHandling(service, handler, event, false);
        }
        at = null;
        await places.moveAll(
          transaction,
          runs.map((run, index) => ({ batch: run.batch, to: newest(due[index] ?? []), end: run.end })),
        );
        transaction.beforeCommit('kill-point', async () => killPoints.committing.publish(organization));
        return fresh;
      });
    } catch (error) {
      this.separate(runs, at, error);
      return null;
    }
  }

  /** Two writers that met, or a database that is away, say nothing of the messages. */
  private separate(runs: readonly Run[], at: Run | null, error: unknown): void {
    const isSlow = error instanceof TakesLong;
    const verdict = verdictOn(error);
    if (!isSlow && (verdict === 'repeat' || verdict === 'wait')) return;
    const until = Date.now() + (isSlow ? ALONE_WHEN_SLOW_MS : ALONE_MS);
    for (const { batch } of at === null || isSlow ? runs : [at]) this.aloneUntil.set(partitionName(batch), until);
  }
}

function hasUnreadable(run: Run): boolean {
  return [...run.readings.values()].some((reading) => reading.event === null);
}
