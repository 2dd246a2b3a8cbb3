import type { Topic } from '@turnpike/contracts-events';
import { KEEP_MS } from './bus-retention.js';
import { FIRST_EPOCH } from './first-epoch.js';
import type { Gaps } from './gaps.js';
import type { Batch, RoadMessage } from './message.js';
import { markerOf, MOVED } from './markers.js';
import type { PartitionPlace, Places } from './place.js';

/** A day less than topics of state wait before they are compacted. */
const REACH_OF_COMPACTED_LOG_MS = KEEP_MS.state - 24 * 60 * 60 * 1000;

/**
 * Where a batch is read from. The place in the reader's own database is the truth; the bus may stand elsewhere after a restore, an expiry
 * or a crash (road 2.1, 2.3), and what the log no longer has is missed aloud.
 */
export class ReadingStart {
  constructor(
    private readonly places: Places,
    private readonly gaps: Gaps,
  ) {}

  /** @returns the offset to read from: inside the batch, or where the bus has to go instead; and the partition's epoch so far */
  async of(batch: Batch, topic: Topic): Promise<{ from: bigint; epoch: bigint }> {
    const place = await this.places.ofPartition(batch.topic, batch.partition);
    const epoch = place?.epoch ?? 0n;
    if (
      place &&
      (place.log !== batch.log || isNotThisLog(place, batch) || (place.offset > batch.end && place.offset > (await batch.logEnd())))
    ) {
      const start = await batch.logStart();
      await this.beyond(batch.topic, batch.partition, batch.log, place.offset, start);
      return { from: start, epoch };
    }
    const from = await this.behindOrAt(batch, place);
    if (topic.kind === 'state') await this.askIfStateMayBeMissing(batch, from, place !== null);
    return { from, epoch };
  }

  /** Whether a batch begins right at the place, and nothing has to be asked for first. */
  isPlain(batch: Batch, topic: Topic, place: PartitionPlace | null): boolean {
    if (place === null || place.log !== batch.log || place.offset !== batch.askedFrom || isNotThisLog(place, batch)) return false;
    if (batch.messages.some((message) => message.epoch !== place.epoch || markerOf(message) !== null)) return false;
    return topic.kind !== 'state' || !isOld(batch.messages[0]);
  }

  /** The log begins after the place. */
  async missed(topic: string, partition: number, log: string, from: bigint, to: bigint): Promise<void> {
    await this.gaps.found(topic, partition, from, to);
    await this.places.skip(topic, partition, log, to);
  }

  /**
   * The log ends before the place, or is another one: it was made again, or the bus was changed. It is read from its start, and numbers
   * drop what has taken effect (road 2.0 g).
   */
  async beyond(topic: string, partition: number, log: string, stands: bigint, start: bigint): Promise<void> {
    await this.gaps.found(topic, partition, start, stands);
    await this.places.putBack(topic, partition, log, start);
  }

  private async behindOrAt(batch: Batch, place: PartitionPlace | null): Promise<bigint> {
    const stands = place?.offset ?? 0n;
    if (stands >= batch.askedFrom) return stands;
    const start = await batch.logStart();
    if (start <= stands) return stands;
    if (place) await this.missed(batch.topic, batch.partition, batch.log, stands, start);
    else {
      await this.gaps.newHere(batch.topic, batch.partition, start);
      await this.places.skip(batch.topic, batch.partition, batch.log, start);
    }
    return start;
  }

  /**
   * A compacted log may have kept a late copy and nothing newer of a key (road 2.0 f). Inside the compaction lag it has everything; a reader
   * that is new, or was away for longer, asks the writer as well. But for a log that begins with the very first message there was, and that
   * one not old enough to be compacted with: nothing was told before it, and nothing after it is gone.
   */
  private async askIfStateMayBeMissing(batch: Batch, from: bigint, hasPlace: boolean): Promise<void> {
    const first = batch.messages.find((message) => message.offset >= from);
    // What opens an epoch stands first in partitions that were never written to; the epoch asks by itself.
    if (!first || markerOf(first) === 'epoch-opened') return;
    if (hasPlace && isOld(first)) await this.gaps.suspected(batch.topic, batch.partition, first.offset, first.offset);
    if (!hasPlace && (isOld(first) || !isFirstEver(first))) await this.gaps.newHere(batch.topic, batch.partition, first.offset);
  }
}

/** Numbers are drawn from 1 on, once in a partition's life: another log, or one that was cut, begins with a later one. */
function isFirstEver({ epoch, number }: RoadMessage): boolean {
  return epoch === BigInt(FIRST_EPOCH) && number === 1n;
}

/** Beyond the compaction lag. */
function isOld(message: RoadMessage | undefined): boolean {
  return Date.now() - Date.parse(message?.headers['ce_time'] ?? '') > REACH_OF_COMPACTED_LOG_MS;
}

/**
 * Numbers never rise by more than offsets do. Where they have, messages are missing before this one: the topic was made again, and has grown
 * beyond the place since (road 2.0 g).
 */
function isNotThisLog(place: PartitionPlace, { messages }: Batch): boolean {
  const next = messages.find((message) => message.offset >= place.offset && message.epoch > 0n);
  if (next === undefined || MOVED in next.headers) return false;
  return next.epoch === place.epoch && next.number - place.number > next.offset - place.offset + 1n;
}
