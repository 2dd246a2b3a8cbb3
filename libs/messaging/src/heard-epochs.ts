import { PARTITIONS, type Topic } from '@turnpike/contracts-events';
import type { Log, PostgresPool } from '@turnpike/service';
import type { Gaps } from './gaps.js';
import type { Batch, BatchOutcome, RoadMessage } from './message.js';
import type { Places } from './place.js';
import { sectionsOf } from './sections.js';

/** Everything of a topic has been told in an epoch, on every partition: what is still kept of an earlier one never was. */
export interface ToldEpoch {
  readonly topic: string;
  readonly epoch: bigint;
}

/**
 * A reader's side of new epochs (road 2.0 b, c). Where a partition's epoch rises, this reader is stale: it may keep what was told in a time
 * that is lost. It asks for the whole state, and is done with it when every partition has been told to its end.
 */
export class HeardEpochs {
  constructor(
    private readonly parts: {
      readonly infrastructure: PostgresPool;
      readonly places: Places;
      readonly gaps: Gaps;
      readonly log: Log;
      /** A topic has been told on all its partitions. */
      readonly told: () => void;
    },
  ) {}

  /** Reads a batch section by section. @param known the partition's epoch so far @param read reads one of them, up to the end it names */
  async read(
    batch: Batch,
    topic: Topic,
    messages: readonly RoadMessage[],
    known: bigint,
    read: (part: Batch, messages: readonly RoadMessage[]) => Promise<BatchOutcome>,
  ): Promise<BatchOutcome> {
    const sections = sectionsOf(messages, known);
    const [first] = sections;
    if (!first || (sections.length === 1 && first.opens === null && first.told === null)) return read(batch, first?.messages ?? []);
    for (const [index, section] of sections.entries()) {
      if (section.opens !== null) await this.opened(batch, topic, section.opens, section.from);
      const end = sections[index + 1]?.from ?? batch.end;
      const outcome = await read({ ...batch, end }, section.messages);
      if (outcome.next !== 'read-on') return outcome;
      if (section.told !== null) await this.toldPartition(batch, section.told);
    }
    return { next: 'read-on', offset: batch.end };
  }

  private async opened(batch: Batch, topic: Topic, epoch: bigint, at: bigint): Promise<void> {
    const { gaps, infrastructure, log, places } = this.parts;
    const { rows } = await infrastructure.query<{ before: string | null }>(
      `select max(epoch) as before from place where topic = $1 and organization = '' and epoch > 0 and epoch < $2`,
      [topic.name, String(epoch)],
    );
    const before = rows[0]?.before ?? null;
    if (before !== null && topic.kind === 'state')
      // All partitions at once: one that was read before this must not seem to be all there is.
      await infrastructure.query(
        `insert into retelling (topic, epoch, partition) select $1, $2, partition from generate_series(0, $3::int - 1) as partition on conflict do nothing`,
        [topic.name, String(epoch), PARTITIONS],
      );
    await places.openEpoch(topic.name, batch.partition, batch.log, epoch);
    if (before === null) return;
    log.warn('road.epoch.heard', {
      topic: topic.name,
      partition: batch.partition,
      epoch,
      before,
      next: 'stale until everything is told again',
    });
    await gaps.newEpoch(topic.name, batch.partition, at, epoch);
  }

  private async toldPartition(batch: Batch, epoch: bigint): Promise<void> {
    await this.parts.infrastructure.query(
      `update retelling set told_at = clock_timestamp() where topic = $1 and epoch = $2 and partition = $3`,
      [batch.topic, String(epoch), batch.partition],
    );
    this.parts.told();
  }

  /** The topics of which a whole epoch has come. */
  async whole(): Promise<ToldEpoch[]> {
    const { rows } = await this.parts.infrastructure.query<{ topic: string; epoch: string }>(
      `select topic, epoch from retelling group by topic, epoch having bool_and(told_at is not null) order by topic, epoch`,
    );
    return rows.map(({ topic, epoch }) => ({ topic, epoch: BigInt(epoch) }));
  }

  /** This reader is not stale any more, as far as this epoch goes. */
  async done({ topic, epoch }: ToldEpoch): Promise<void> {
    await this.parts.infrastructure.query('delete from retelling where topic = $1 and epoch <= $2', [topic, String(epoch)]);
    this.parts.log.info('road.epoch.told', { topic, epoch, next: 'nothing: what was still of an earlier epoch is gone' });
  }
}

/** Whether a service keeps something that may be of a life that never was. */
export async function isStale(infrastructure: PostgresPool): Promise<boolean> {
  const { rows } = await infrastructure.query<{ stale: boolean }>('select exists (select 1 from retelling) as stale');
  return rows[0]?.stale ?? false;
}
