import { parseHeaders, type DataOf, type EventOf, type Scope, type Topic } from '@turnpike/contracts-events';
import { DomainError } from '@turnpike/service';
import type { RoadMessage } from './message.js';

/** A message that is not what its contract says: from a newer writer, or from a stranger. */
export class ContractMismatch extends DomainError {
  readonly kind = 'invalid';
  readonly code = 'contract_mismatch';
  constructor(topic: string, problem: string) {
    super(`A message on ${topic} is not what its contract says: ${problem}`);
  }
}

/** A handler of one topic, as `@OnTopic` registers it. */
export interface TopicHandler {
  readonly topic: Topic;
  handle(event: EventOf<Topic>): Promise<void>;
  /** Order keys, as on the wire, of what it may change beside the message's own object. */
  alsoLocks?(event: EventOf<Topic>): readonly string[];
  /** Loads in one go what `handle` will need for each of these events; in the same transaction, before the first. */
  prepare?(events: readonly EventOf<Topic>[]): Promise<void>;
  /** Where copies of what is told are kept; see `OnTopicOptions.keeps`. */
  readonly keeps?: Keeps;
  /** Takes copies away that are of a life that never was; in a transaction, with their order keys locked. Without it they are deleted. */
  lapsed?(copies: readonly Copy[]): Promise<void>;
  /** Runs in the transaction of a burial: a hint's handler marks its object dirty here. */
  buried?(event: EventOf<Topic> | null, message: BuriedMessage): Promise<void>;
}

/**
 * A table of copies of another service's facts, each with its version: (organization, environment, id), version_epoch, version_n, revision.
 */
export interface Keeps {
  readonly table: string;
  /** The column that has what the topic is ordered by; `id` unless told. */
  readonly orderedBy?: string;
}

/** One of them. */
export interface Copy {
  readonly scope: Scope;
  readonly id: string;
  /** What is in the column `orderedBy`. */
  readonly orderedBy: string;
  /** The epoch that the entity was not told in. */
  readonly epoch: number;
}

/** What is known of a buried message even when its value cannot be read. */
export interface BuriedMessage {
  readonly scope: Scope;
  readonly key: string;
  readonly cause: { code: string; message: string };
}

/** Who a message belongs to; null when it carries no envelope of ours. */
export function scopeOf(message: RoadMessage): Scope | null {
  const { organization, environment } = message.headers;
  if (!organization || (environment !== 'sandbox' && environment !== 'test' && environment !== 'live')) return null;
  return { organization, environment };
}

/** The order key: what fixed the partition, what a batch locks, and what burial may park by. */
export function orderKeyOf(message: RoadMessage): string {
  return message.headers['ce_partitionkey'] ?? message.key;
}

/** A message as its handler gets it, read once however often it is tried: its event, or why there is none, and what it locks. */
export type Reading = { readonly keys: readonly string[] } & (
  { readonly event: EventOf<Topic> } | { readonly event: null; readonly problem: unknown }
);

/**
 * Reads a message without throwing: what cannot be read concerns nobody before its own turn has come. It locks its order key and what its
 * handler may change beside; one that cannot be read locks itself alone, since no handler will run.
 */
export function readingOf(handler: TopicHandler, message: RoadMessage): Reading {
  const own = orderKeyOf(message);
  try {
    const event = eventOf(handler.topic, message);
    return { event, keys: handler.alsoLocks ? [own, ...handler.alsoLocks(event)] : [own] };
  } catch (problem) {
    return { event: null, problem, keys: [own] };
  }
}

/** Parses envelope and value, once, at the reader's door (architecture rule 13). @throws ContractMismatch */
export function eventOf(topic: Topic, message: RoadMessage): EventOf<Topic> {
  try {
    const envelope = parseHeaders(message.headers);
    const value: unknown = message.body === null ? null : JSON.parse(message.body.toString('utf8'));
    const parsed = topic.data.safeParse(value);
    if (!parsed.success)
      throw new ContractMismatch(topic.name, parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
    const data = topic.kind === 'state' ? inEpoch(parsed.data, Number(message.epoch)) : parsed.data;
    return { ...envelope, epoch: Number(message.epoch), number: message.number, data };
  } catch (error) {
    if (error instanceof DomainError) throw error;
    throw new ContractMismatch(topic.name, error instanceof Error ? error.message : String(error));
  }
}

/**
 * A state's version as readers compare it: by the epoch that its message was sent in. The writer's rows know nothing of epochs; told
 * again in a new one, each of them is newer than anything that was said in the time that is lost (road 2.0 c, decision 0022).
 */
function inEpoch(data: DataOf<Topic>, epoch: number): DataOf<Topic> {
  if (typeof data !== 'object' || data === null || !('version' in data)) return data;
  const { version } = data;
  if (typeof version !== 'object' || version === null || !('epoch' in version) || version.epoch === epoch) return data;
  return { ...data, version: { ...version, epoch } };
}
