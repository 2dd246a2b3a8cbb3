import type { Log } from '@turnpike/service';
import { readingOf, scopeOf, type Reading, type TopicHandler } from './incoming.js';
import type { Batch, RoadMessage } from './message.js';
import type { RoadMetrics } from './metrics.js';

/** One organization's consecutive messages of one partition. */
export interface Run {
  readonly batch: Batch;
  readonly handler: TopicHandler;
  readonly organization: string;
  readonly messages: readonly RoadMessage[];
  /** One for each message. */
  readonly readings: ReadonlyMap<RoadMessage, Reading>;
  /** The partition's offset to move to with this run, null while other organizations of the batch are to come. */
  readonly end: bigint | null;
  /** The others of the chunk have had their turn: whether the partition stops is decided now. */
  readonly isLastWord: boolean;
  /** False once the reader has to stop: the handler that runs is the last one. */
  readonly goesOn: () => boolean;
}

/** Which message of a run threw. Unknown (null) when it was what is done for all of them. */
export class RunFailed extends Error {
  constructor(
    override readonly cause: unknown,
    readonly at: number | null,
  ) {
    super('A run of messages failed.');
  }
}

/** Before the failed message, it alone, and after it; in halves when nobody knows which it was. */
export function cutAround(run: Run, at: number | null): Run[] {
  const half = Math.ceil(run.messages.length / 2);
  const cuts = at === null ? [0, half, run.messages.length] : [0, at, at + 1, run.messages.length];
  const parts: Run[] = [];
  for (let index = 0; index + 1 < cuts.length; index++) {
    const messages = run.messages.slice(cuts[index], cuts[index + 1]);
    if (messages.length > 0) parts.push({ ...run, messages, end: null });
  }
  const last = parts.at(-1);
  return last ? [...parts.slice(0, -1), { ...last, end: run.end }] : [];
}

/**
 * A run for each organization of these messages.
 * @param end the partition's offset after them
 * @returns also those that carry no envelope of ours, and so belong to nobody
 */
export function runsOf(
  batch: Batch,
  handler: TopicHandler,
  messages: readonly RoadMessage[],
  end: bigint,
  goesOn: () => boolean = () => true,
): { runs: readonly Run[]; unreadable: readonly RoadMessage[] } {
  const byOrganization = new Map<string | null, RoadMessage[]>();
  for (const message of messages) {
    const organization = scopeOf(message)?.organization ?? null;
    const ofSame = byOrganization.get(organization);
    if (ofSame) ofSame.push(message);
    else byOrganization.set(organization, [message]);
  }
  const unreadable = byOrganization.get(null) ?? [];
  const runs: Run[] = [];
  for (const [organization, ofSame] of byOrganization) {
    if (organization === null) continue;
    const readings = new Map(ofSame.map((message) => [message, readingOf(handler, message)]));
    runs.push({ batch, handler, organization, messages: ofSame, readings, end: null, isLastWord: false, goesOn });
  }
  const last = runs.at(-1);
  return { runs: last ? [...runs.slice(0, -1), { ...last, end }] : [], unreadable };
}

/** What carries no envelope of ours is skipped aloud: nobody can be told about it. */
export function tellUnreadable(parts: { metrics: RoadMetrics; log: Log }, batch: Batch, unreadable: readonly RoadMessage[]): void {
  for (const message of unreadable) {
    parts.metrics.unreadable.inc({ topic: batch.topic });
    parts.log.error('road.message.unreadable', {
      topic: batch.topic,
      partition: batch.partition,
      offset: message.offset,
      because: 'no envelope of ours; skipped',
    });
  }
}
