import type { PostgresPool, Queryable } from '@turnpike/service';
import type { BatchReader, OutgoingMessage, Refusal } from './message.js';

/** A log that the relay appends to and readers read from: Kafka, or the table-shaped one in process. */
export interface RoadLog {
  /** Where the relay of this log keeps its book. */
  bookPool(service: { infrastructure: PostgresPool }): PostgresPool;
  /**
   * Appends one page, in order within each partition, then books it, naming the partitions that refused for good.
   * @throws when the log cannot be reached (the page is sent again, with the same numbers), LeadLost
   */
  append(messages: readonly OutgoingMessage[], book: Booking): Promise<void>;
  /** Reads topics for one reader until it is stopped. A started reader heals by itself when the log comes back. */
  read(group: string, topics: readonly string[], reader: BatchReader): Promise<{ stop(): Promise<void> }>;
  /** Throws when the log cannot be reached now; for readiness. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** Saves what a sent page means for the relay's book. @param on the append's own transaction, where log and book share a database */
export type Booking = (refusals: readonly Refusal[], on?: Queryable) => Promise<void>;
