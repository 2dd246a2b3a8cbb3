import type { PostgresPool, Queryable } from '@turnpike/service';
import type { BatchReader, OutgoingMessage, Refusal, RoadMessage } from './message.js';

/** A log that the relay appends to and readers read from: Kafka, or the table-shaped one in process. */
export interface RoadLog {
  /** Which log this is: `kafka:<cluster id>` or `in-process:<incarnation>`. */
  name(): Promise<string>;
  /**
   * What lies on the log beyond what the relay's book knows: sent and not booked, sent late by an earlier leader, or told by a life of the
   * service's database that is lost. Where offsets are numbers, the book is never behind.
   * @param known how far each partition is booked, by `topic/partition`
   */
  unbooked(topics: readonly string[], known: ReadonlyMap<string, bigint>): Promise<Unbooked>;
  /** Where the relay of this log keeps its book. */
  bookPool(service: { infrastructure: PostgresPool }): PostgresPool;
  /**
   * Appends one page, in order within each partition, then books it, naming the partitions that refused for good.
   * @throws when the log cannot be reached (the page is sent again, with the same numbers), LeadLost
   */
  append(messages: readonly OutgoingMessage[], book: Booking): Promise<void>;
  /** Reads topics for one reader until it is stopped. A started reader heals by itself when the log comes back. */
  read(group: string, topics: readonly string[], reader: BatchReader): Promise<{ stop(): Promise<void> }>;
  /** Where each partition of a topic begins and ends now. */
  ends(topic: string): Promise<LogEnds>;
  /** Hands over everything that is appended to a topic, outside any group, from the sink's positions on, until it is stopped. Heals by itself. */
  tail(topic: string, sink: TailSink): Promise<{ stop(): Promise<void> }>;
  /** Throws when the log cannot be reached now; for readiness. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** A topic as it stands in a log: the oldest offset of each partition, and the one after its last. Partitions that never had a message may be absent. */
export interface LogEnds {
  readonly log: string;
  readonly partitions: ReadonlyMap<number, { readonly start: bigint; readonly end: bigint }>;
}

/** Who follows a topic by itself and keeps its own positions. */
export interface TailSink {
  /** The offset to read a partition from. */
  positionOf(partition: number): bigint;
  /** @param end the offset after these messages */
  take(partition: number, messages: readonly RoadMessage[], end: bigint): void;
}

/** A message that the book does not know, with its envelope's id. */
export interface FoundMessage {
  readonly topic: string;
  readonly partition: number;
  readonly epoch: bigint;
  readonly number: bigint;
  readonly id: string;
}

export interface Unbooked {
  readonly messages: readonly FoundMessage[];
  /** The offset after the last message of each partition, by `topic/partition`. */
  readonly ends: ReadonlyMap<string, bigint>;
}

/**
 * Saves what a sent page means for the relay's book.
 * @param on the append's own transaction, where log and book share a database
 * @param ends the offset after the last acknowledged message, by `topic/partition`, where offsets are not numbers
 */
export type Booking = (refusals: readonly Refusal[], on?: Queryable, ends?: ReadonlyMap<string, bigint>) => Promise<void>;
