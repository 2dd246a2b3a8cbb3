/** Of one partition, by offset, since the last chunk that was done. */
interface Outcomes {
  buried: bigint[];
  worked: bigint[];
}

/**
 * How many messages were buried in a row, in the order of the log and whoever's they are: a reader runs a partition's organizations one after
 * the other, and burials of one with another's successes between them are no sign that the reader itself is at fault.
 */
export class BurialsInARow {
  private readonly partitions = new Map<string, Outcomes>();

  worked(partition: string, offsets: Iterable<bigint>): void {
    this.of(partition).worked.push(...offsets);
  }

  buried(partition: string, offset: bigint): void {
    this.of(partition).buried.push(offset);
  }

  /** The burials right before an offset, back to the last message there that took effect. */
  before(partition: string, offset: bigint): number {
    const { buried, worked } = this.of(partition);
    const lastWorked = last(worked.filter((one) => one < offset));
    return buried.filter((one) => one < offset && one > lastWorked).length;
  }

  /** Everything read so far is done: only a row that goes on at its end still counts. */
  settled(partition: string): void {
    const outcomes = this.of(partition);
    const lastWorked = last(outcomes.worked);
    outcomes.buried = outcomes.buried.filter((one) => one > lastWorked);
    outcomes.worked = [];
    if (outcomes.buried.length === 0) this.partitions.delete(partition);
  }

  private of(partition: string): Outcomes {
    let outcomes = this.partitions.get(partition);
    if (!outcomes) this.partitions.set(partition, (outcomes = { buried: [], worked: [] }));
    return outcomes;
  }
}

function last(offsets: readonly bigint[]): bigint {
  let highest = -1n;
  for (const offset of offsets) if (offset > highest) highest = offset;
  return highest;
}
