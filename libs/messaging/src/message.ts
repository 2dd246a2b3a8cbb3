/** One message as both buses carry it: the envelope still as text headers, the value still as bytes. */
export interface RoadMessage {
  readonly offset: bigint;
  /** Counts the writer's lives: raised when its database was set back (road 2.0). */
  readonly epoch: bigint;
  /** Rises by one per message of a (topic, partition); a copy of a message has the number of the first. */
  readonly number: bigint;
  /** `organization/environment/entity`. */
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
}

/** Consecutive messages of one partition, as a bus hands them over. */
export interface Batch {
  readonly topic: string;
  readonly partition: number;
  /** Which log this is: `kafka:<cluster id>` or `in-process:<incarnation>`. A place belongs to one log. */
  readonly log: string;
  /** The offset that was asked for: where the bus believes that this reader stands. */
  readonly askedFrom: bigint;
  /** The oldest offset that the log still has. */
  logStart(): Promise<bigint>;
  readonly messages: readonly RoadMessage[];
  /** The offset after the last message of this batch. */
  readonly end: bigint;
  /** The offset after the last message of the log, asked now: the batch may be older than the place. */
  logEnd(): Promise<bigint>;
}

/** For people, and for maps of partitions. */
export function partitionName({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}/${partition}`;
}

/** What the bus does next with the partition. */
export type BatchOutcome =
  | { readonly next: 'read-on'; readonly offset: bigint }
  | { readonly next: 'read-from'; readonly offset: bigint }
  | { readonly next: 'pause'; readonly offset: bigint; readonly forMs: number };

/** Reads batches; the same object for both buses. */
export interface BatchReader {
  /** Where each partition of a topic stands, by partition; absent ones were never read. */
  places(topic: string): Promise<Map<number, { offset: bigint; log: string }>>;
  /** @param stillMine turns false when another reader may have the partition: what runs is finished, and nothing more begun */
  read(batch: Batch, stillMine: () => boolean): Promise<BatchOutcome>;
  /**
   * Batches of several partitions, those that need nothing but their handlers in shared transactions.
   * @returns those that are done; of the others nothing was done, or what numbers drop, and they are to be read by themselves
   */
  readTogether(batches: readonly Batch[]): Promise<ReadonlySet<Batch>>;
  /** The log begins after the place: what lies between is missed and is asked for. */
  missed(topic: string, partition: number, log: string, from: bigint, to: bigint): Promise<void>;
  /** The broker was told of a higher offset than the place: this service's own database was set back (road 2.0 d). */
  behindCommitted(topic: string, partition: number, place: bigint, committed: bigint): Promise<void>;
  /** The log ends before the place: it was made again. It is read from its start. */
  beyond(topic: string, partition: number, log: string, stands: bigint, start: bigint): Promise<void>;
}

/** A page of the relay, numbered. */
export interface OutgoingMessage {
  readonly topic: string;
  readonly partition: number;
  readonly number: bigint;
  readonly key: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer | null;
}

/** The partitions that refused for good, each with what the log said. They wait alone (road 2.0 k). */
export interface Refusal {
  readonly topic: string;
  readonly partition: number;
  readonly because: Error;
}
