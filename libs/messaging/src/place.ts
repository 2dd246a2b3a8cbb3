import { type PostgresPool, prepared, type Transaction } from '@turnpike/service';
import type { Batch } from './message.js';

/** Where one organization's messages of a partition have been read to. */
export interface Place {
  readonly epoch: bigint;
  readonly number: bigint;
}

/** Whether a message still has to take effect: a copy, a redelivery and a zombie's late try all end here (architecture rule 2). */
export function isAbove(message: Place, place: Place): boolean {
  return message.epoch > place.epoch || (message.epoch === place.epoch && message.number > place.number);
}

/** What readers compare by. Only a test that shows what happens without numbers puts something else here. */
export const placeComparison = { isAbove };

/** What still has to take effect. A batch may hold a message and its copy: each raises the place for those behind it. */
export function above<M extends Place>(place: Place, messages: readonly M[]): M[] {
  const fresh: M[] = [];
  for (const message of messages) if (placeComparison.isAbove(message, fresh.at(-1) ?? place)) fresh.push(message);
  return fresh;
}

export function newest(messages: readonly Place[]): Place | null {
  const last = messages.at(-1);
  return last ? { epoch: last.epoch, number: last.number } : null;
}

/** Where the partition itself stands after what a batch has before an offset: a copy at its end does not set it back. */
function standingAt(batch: Batch, end: bigint): Place {
  let standing: Place = { epoch: 0n, number: 0n };
  for (const message of batch.messages) if (message.offset < end && isAbove(message, standing)) standing = message;
  return standing;
}

/** Where a partition stands. */
export interface PartitionPlace extends Place {
  readonly offset: bigint;
  readonly log: string;
}

/** A place never moves back. */
const ON_MOVE = `on conflict (organization, topic, partition) do update
         set epoch = case when (excluded.epoch, excluded.number) > (place.epoch, place.number) then excluded.epoch else place.epoch end,
             number = case when (excluded.epoch, excluded.number) > (place.epoch, place.number) then excluded.number else place.number end,
             next_offset = greatest(place.next_offset, excluded.next_offset), log = excluded.log, moved_at = clock_timestamp()`;

type PlaceRow = { epoch: string; number: string };
type PartitionRow = PlaceRow & { partition: number; next_offset: string; log: string };

function toPartitionPlace(row: PartitionRow): PartitionPlace {
  return { offset: BigInt(row.next_offset), log: row.log, epoch: BigInt(row.epoch), number: BigInt(row.number) };
}

/**
 * An organization's place under its partition's: where that has gone on to another epoch, nothing of an earlier one is above it, whatever
 * the organization itself has heard last (road 2.0 b).
 */
function underPartition(organization: PlaceRow, partition: PlaceRow | undefined): Place {
  const epoch = BigInt(partition?.epoch ?? 0);
  if (epoch > BigInt(organization.epoch)) return { epoch, number: -1n };
  return { epoch: BigInt(organization.epoch), number: BigInt(organization.number) };
}

/** The reader's places, in the reader's own database, moved in the transaction of the effect. */
export class Places {
  constructor(private readonly infrastructure: PostgresPool) {}

  /** Where the partitions of a topic stand. */
  async ofTopic(topic: string): Promise<Map<number, PartitionPlace>> {
    const { rows } = await prepared<PartitionRow>(
      this.infrastructure,
      `select partition, next_offset, log, epoch, number from place where organization = '' and topic = $1`,
      [topic],
    );
    return new Map(rows.map((row) => [row.partition, toPartitionPlace(row)]));
  }

  /** Where one partition stands; null before its first batch. */
  async ofPartition(topic: string, partition: number): Promise<PartitionPlace | null> {
    const { rows } = await prepared<PartitionRow>(
      this.infrastructure,
      `select partition, next_offset, log, epoch, number from place where organization = '' and topic = $1 and partition = $2`,
      [topic, partition],
    );
    return rows[0] ? toPartitionPlace(rows[0]) : null;
  }

  /** The partition goes on in another epoch: what is told in an earlier one from now on is nobody's (road 2.0 b). */
  async openEpoch(topic: string, partition: number, log: string, epoch: bigint): Promise<void> {
    await this.infrastructure.query(
      `insert into place (organization, topic, partition, log, epoch, number, next_offset) values ('', $1, $2, $3, $4, 0, 0)
       on conflict (organization, topic, partition) do update set epoch = excluded.epoch, number = 0, moved_at = clock_timestamp() where place.epoch < excluded.epoch`,
      [topic, partition, log, String(epoch)],
    );
  }

  /** Moves over messages that are nobody's. */
  async moveOver(batch: Batch, to: bigint): Promise<void> {
    const { topic, partition, log } = batch;
    const standing = standingAt(batch, to);
    await this.infrastructure.query(
      `insert into place (organization, topic, partition, log, epoch, number, next_offset) values ('', $1, $2, $3, $4, $5, $6) ${ON_MOVE}`,
      [topic, partition, log, String(standing.epoch), String(standing.number), String(to)],
    );
  }

  /** Skips what the log no longer has, with as many numbers as that can have been. */
  async skip(topic: string, partition: number, log: string, to: bigint): Promise<void> {
    await this.infrastructure.query(
      `insert into place (organization, topic, partition, log, epoch, number, next_offset) values ('', $1, $2, $3, 0, 0, $4)
       on conflict (organization, topic, partition) do update set next_offset = greatest(place.next_offset, excluded.next_offset),
         number = place.number + greatest(excluded.next_offset - place.next_offset, 0), moved_at = clock_timestamp()`,
      [topic, partition, log, String(to)],
    );
  }

  /** Starts over at an offset, on a log that ends before the place. */
  async putBack(topic: string, partition: number, log: string, to: bigint): Promise<void> {
    await this.infrastructure.query(
      `update place set next_offset = $4, log = $3, moved_at = clock_timestamp() where organization = '' and topic = $1 and partition = $2`,
      [topic, partition, log, String(to)],
    );
  }

  /** The organization's place, locked until the transaction ends. It is locked before anything else, so two readers never interleave. */
  async lock(transaction: Transaction, { topic, partition, log }: Batch): Promise<Place> {
    const read = async () => {
      const rows = await transaction.sql<PlaceRow & { organization: string }>(
        `select organization, epoch, number from place where organization in ('', $1) and topic = $2 and partition = $3 order by organization for update`,
        [transaction.organization, topic, partition],
      );
      return [rows.find((row) => row.organization !== ''), rows.find((row) => row.organization === '')] as const;
    };
    let [row, ofPartition] = await read();
    if (!row) {
      await transaction.sql(
        `insert into place (organization, topic, partition, log, epoch, number, next_offset) values ($1, $2, $3, $4, 0, 0, 0) on conflict do nothing`,
        [transaction.organization, topic, partition, log],
      );
      [row, ofPartition] = await read();
    }
    if (!row) throw new Error(`The place of ${topic}/${partition} vanished under its lock.`);
    return underPartition(row, ofPartition);
  }

  /** The same of several batches of one topic, in the order of the partitions. @returns a place for each, in the order given */
  async lockAll(transaction: Transaction, batches: readonly Batch[]): Promise<Place[]> {
    const { topic, log } = batches[0]!;
    const partitions = batches.map(({ partition }) => partition).sort((left, right) => left - right);
    const read = async () => {
      const rows = await transaction.sql<PlaceRow & { organization: string; partition: number }>(
        `select organization, partition, epoch, number from place where organization in ('', $1) and topic = $2 and partition = any($3::int[])
          order by organization, partition for update`,
        [transaction.organization, topic, partitions],
      );
      const ofPartitions = new Map(rows.filter((row) => row.organization === '').map((row) => [row.partition, row]));
      const own = rows.filter((row) => row.organization !== '');
      return new Map(own.map((row) => [row.partition, underPartition(row, ofPartitions.get(row.partition))]));
    };
    let places = await read();
    if (places.size < partitions.length) {
      await transaction.sql(
        `insert into place (organization, topic, partition, log, epoch, number, next_offset)
         select $1, $2, partition, $4, 0, 0, 0 from unnest($3::int[]) as partition on conflict do nothing`,
        [transaction.organization, topic, partitions, log],
      );
      places = await read();
    }
    return batches.map(({ partition }) => {
      const place = places.get(partition);
      if (!place) throw new Error(`The place of ${topic}/${partition} vanished under its lock.`);
      return place;
    });
  }

  /** The same as `move`, of several batches of one topic. */
  async moveAll(transaction: Transaction, moves: ReadonlyArray<{ batch: Batch; to: Place | null; end: bigint | null }>): Promise<void> {
    const { topic, log } = moves[0]!.batch;
    const rows = moves
      .flatMap(({ batch, batch: { partition }, to, end }) => [
        ...(to === null ? [] : [{ organization: transaction.organization, partition, ...to, end: 0n }]),
        ...(end === null ? [] : [{ organization: '', partition, ...standingAt(batch, end), end }]),
      ])
      .sort((left, right) => left.partition - right.partition);
    if (rows.length === 0) return;
    await transaction.sql(
      `insert into place (organization, topic, partition, log, epoch, number, next_offset)
       select m.organization, $1, m.partition, $2, m.epoch, m.number, m.next_offset
         from unnest($3::text[], $4::int[], $5::bigint[], $6::bigint[], $7::bigint[]) as m(organization, partition, epoch, number, next_offset)
       ${ON_MOVE}`,
      [
        topic,
        log,
        rows.map((row) => row.organization),
        rows.map((row) => row.partition),
        rows.map((row) => String(row.epoch)),
        rows.map((row) => String(row.number)),
        rows.map((row) => String(row.end)),
      ],
    );
  }

  /**
   * Moves the organization's place over what this transaction did, and with the last organization of a batch the partition's offset.
   * @param end the offset after the batch, null while other organizations of it are still to come
   */
  async move(transaction: Transaction, batch: Batch, to: Place | null, end: bigint | null): Promise<void> {
    if (to === null && end === null) return;
    const { topic, partition, log } = batch;
    const standing = end === null ? null : standingAt(batch, end);
    await transaction.sql(
      `insert into place (organization, topic, partition, log, epoch, number, next_offset)
       select * from (values ($1::text, $2::text, $3::int, $4::text, $5::bigint, $6::bigint, 0::bigint), ('', $2, $3, $4, $8::bigint, $9::bigint, $7::bigint)) as moved
        where (column1 = '' and $7::bigint is not null) or (column1 <> '' and $5::bigint is not null)
       ${ON_MOVE}`,
      [
        transaction.organization,
        topic,
        partition,
        log,
        to ? String(to.epoch) : null,
        to ? String(to.number) : null,
        end === null ? null : String(end),
        standing ? String(standing.epoch) : null,
        standing ? String(standing.number) : null,
      ],
    );
  }
}
