import type { z } from 'zod';
import type { Scope } from './scope.js';

/**
 * - `state`: the whole state of one entity, with its version; compacted, and a deletion is a state.
 * - `log`: happened once; appended, kept by time.
 * - `hint`: go and look; carries what is known, but is not the truth.
 */
export type TopicKind = 'state' | 'log' | 'hint';

/**
 * What a message that could not take effect does to its key (road 2.7).
 * - `heals`: the next message of the key makes good what was skipped.
 * - `marks-dirty`: the reader's handler marks the object, in the transaction of the burial, so that it is looked up.
 * - `parks`: messages do not commute, so what follows under the same order key waits behind the buried one until its replay.
 */
export type Burial = 'heals' | 'marks-dirty' | 'parks';

/**
 * A topic is its contract: who writes it stands first in its name, and everything a reader or a broker must know stands here.
 * Changing any of it is a breaking change (`npm run schemas -- --check`); the way to do that is a new topic, `….v2`.
 */
export interface Topic<Name extends string = string, Schema extends z.ZodType = z.ZodType> {
  /** `<writer>.<noun>.<past participle>.v<N>`, or `<reader>.dead-letters`. */
  readonly name: Name;
  readonly kind: TopicKind;
  readonly burial: Burial;
  readonly data: Schema;
  // Methods, not function properties: TypeScript then lets a topic of one shape stand where any topic may.
  /** The entity a message is about: what compaction keeps one of. Without organization and environment, see `wireKey`. */
  key(data: z.output<Schema>): string;
  /** What fixes the partition: messages of one order key are read in the order they were told. Without organization and environment. */
  order(data: z.output<Schema>): string;
}

/** What is told on a topic: `DataOf<typeof CustomerChanged>`. Each contract exports it as a type under the const's own name. */
export type DataOf<T extends Topic> = z.output<T['data']>;

/** What a handler gets: one message, parsed. */
export interface EventOf<T extends Topic> {
  /** UUIDv7, the same for every copy of this message: what effects that must never repeat are keyed by. */
  readonly id: string;
  readonly topic: T['name'];
  /** When it was announced: RFC 3339, UTC. Not when it happened at Stripe. */
  readonly at: string;
  readonly scope: Scope;
  /** Which life of the writer's database told it (road 2.0). */
  readonly epoch: number;
  /** Which message of its partition it is. Rises by one per message. */
  readonly number: bigint;
  readonly data: DataOf<T>;
  /** W3C Trace Context, when the announcing request carried one. */
  readonly traceparent?: string | undefined;
}

const TOPIC_NAME = /^[a-z]+(-[a-z]+)*\.([a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*\.v[1-9][0-9]*|dead-letters)$/;

/** One topic, one file, one writer: see docs/flow.md for who hears it. */
export function defineTopic<const Name extends string, Schema extends z.ZodType>(contract: {
  name: Name;
  kind: TopicKind;
  burial: Burial;
  key: (data: z.output<Schema>) => string;
  order: (data: z.output<Schema>) => string;
  data: Schema;
}): Topic<Name, Schema> {
  if (!TOPIC_NAME.test(contract.name)) {
    throw new Error(`"${contract.name}" is no topic name: <writer>.<noun>.<past participle>.v<N>, in lower case.`);
  }
  return Object.freeze({ ...contract });
}

/** The app that announces a topic, as its name says. For `<reader>.dead-letters` that is the reader. */
export function writerOf(topicName: string): string {
  const [writer = topicName] = topicName.split('.', 1);
  return writer;
}
