import type { DataOf, Topic } from '@turnpike/contracts-events';
import type { Database, Log, PostgresPool, Transaction } from '@turnpike/service';
import { causeOf } from './failure.rules.js';
import { orderKeyOf, readingOf, scopeOf, type TopicHandler } from './incoming.js';
import { lockKeys } from './lock-keys.js';
import type { Batch, RoadMessage } from './message.js';
import type { Outbox } from './outbox.js';

type Cause = { code: string; message: string };

interface DeadLetterRow extends Record<string, unknown> {
  organization: string;
  environment: string;
  topic: string;
  partition: number;
  epoch: string;
  number: string;
  message_id: string;
  key: string;
  order_key: string;
  headers: Record<string, string>;
  body: Buffer | null;
  state: 'buried' | 'parked';
  code: string;
  cause: string;
  attempts: number;
  buried_at: Date;
}

/** A dead letter as operators see it: no payload. */
export interface DeadLetter {
  readonly organization: string;
  readonly environment: string;
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
  readonly number: string;
  readonly messageId: string;
  readonly key: string;
  readonly state: 'buried' | 'parked';
  readonly code: string;
  readonly cause: string;
  readonly attempts: number;
  readonly buriedAt: string;
}

export interface ReplayResult {
  readonly replayed: number;
  readonly failed: ReadonlyArray<{ messageId: string; topic: string; code: string; cause: string }>;
}

/**
 * Messages that could not take effect, kept whole beside the reader's data and announced on `<reader>.dead-letters`. What burial does to
 * the key is the contract's word: `heals` waits for the next version, `marks-dirty` tells the handler, `parks` keeps what follows
 * behind it until the replay (architecture rule 3, road 2.7).
 */
export class DeadLetters {
  constructor(
    private readonly database: Database,
    private readonly infrastructure: PostgresPool,
    private readonly outbox: Outbox,
    /** Where burials are told; null for a service that hears nothing. */
    private readonly contract: Topic | null,
    private readonly log: Log,
  ) {}

  /** Lays aside the messages whose order key has a dead letter already, where the contract asks for that. Call with the keys locked. */
  async park(transaction: Transaction, topic: Topic, batch: Batch, messages: readonly RoadMessage[]): Promise<Set<RoadMessage>> {
    if (topic.burial !== 'parks' || messages.length === 0) return new Set();
    const rows = await transaction.sql<{ order_key: string }>(
      `select distinct order_key from dead_letter where organization = $1 and topic = $2 and order_key = any($3::text[])`,
      [transaction.organization, topic.name, messages.map(orderKeyOf)],
    );
    const waiting = new Set(rows.map((row) => row.order_key));
    const parked = messages.filter((message) => waiting.has(orderKeyOf(message)));
    for (const message of parked) {
      await this.keep(
        transaction,
        batch,
        message,
        'parked',
        { code: 'parked', message: 'An earlier message of the same order key is buried; replay brings both back in order.' },
        0,
      );
    }
    return new Set(parked);
  }

  /** Keeps the message with its cause, tells the topic of dead letters, and lets the handler mark what it was about. */
  async bury(
    transaction: Transaction,
    handler: TopicHandler,
    batch: Batch,
    message: RoadMessage,
    cause: Cause,
    attempts: number,
  ): Promise<void> {
    const scope = scopeOf(message);
    if (!scope) throw new Error('Only a message with an envelope can be buried.');
    await this.keep(transaction, batch, message, 'buried', cause, attempts);
    if (this.contract) this.outbox.announce(this.contract, scope, deadLetterData(batch, message, cause, attempts));
    if (handler.buried) {
      await handler.buried(readingOf(handler, message).event, { scope, key: message.key, cause });
    }
  }

  private async keep(
    transaction: Transaction,
    batch: Batch,
    message: RoadMessage,
    state: 'buried' | 'parked',
    cause: Cause,
    attempts: number,
  ): Promise<void> {
    await transaction.sql(
      `insert into dead_letter (organization, environment, topic, partition, epoch, number, message_id, key, order_key, headers, body, state, code, cause, attempts)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) on conflict do nothing`,
      [
        transaction.organization,
        message.headers['environment'],
        batch.topic,
        batch.partition,
        String(message.epoch),
        String(message.number),
        message.headers['ce_id'],
        message.key,
        orderKeyOf(message),
        JSON.stringify(message.headers),
        message.body,
        state,
        cause.code,
        cause.message,
        attempts,
      ],
    );
  }

  /** The oldest first. @param limit at most so many */
  async list(filter: { topic?: string; organization?: string }, limit = 100): Promise<DeadLetter[]> {
    const { rows } = await this.infrastructure.query<DeadLetterRow>(
      `select * from dead_letter where ($1::text is null or topic = $1) and ($2::text is null or organization = $2) order by buried_at, epoch, number limit $3`,
      [filter.topic ?? null, filter.organization ?? null, limit],
    );
    return rows.map(toDeadLetter);
  }

  /**
   * Brings dead letters back, per order key in the order of their numbers. It bypasses the place: the handler's own versions decide, so
   * that a replay older than what is known changes nothing (road 2.8). Each goes with its effect, in one transaction; the first that
   * fails again keeps what is behind it waiting where the contract parks.
   */
  async replay(handlers: ReadonlyMap<string, TopicHandler>, filter: { topic?: string; organization?: string }): Promise<ReplayResult> {
    const { rows: lanes } = await this.infrastructure.query<{ organization: string; topic: string; order_key: string }>(
      `select organization, topic, order_key from dead_letter where ($1::text is null or topic = $1) and ($2::text is null or organization = $2)
        group by organization, topic, order_key order by min(buried_at)`,
      [filter.topic ?? null, filter.organization ?? null],
    );
    let replayed = 0;
    const failed: Array<{ messageId: string; topic: string; code: string; cause: string }> = [];
    for (const lane of lanes) {
      const handler = handlers.get(lane.topic);
      if (!handler) continue;
      const result = await this.replayLane(handler, lane);
      replayed += result.replayed;
      failed.push(...result.failed);
    }
    return { replayed, failed };
  }

  private async replayLane(handler: TopicHandler, lane: { organization: string; topic: string; order_key: string }): Promise<ReplayResult> {
    let replayed = 0;
    let after = { epoch: '0', number: '0' };
    const failed: Array<{ messageId: string; topic: string; code: string; cause: string }> = [];
    for (;;) {
      const [letter] = await this.database.transaction(lane.organization, (transaction) =>
        transaction.sql<DeadLetterRow>(
          `select * from dead_letter where organization = $1 and topic = $2 and order_key = $3 and (epoch, number) > ($4::bigint, $5::bigint) order by epoch, number limit 1`,
          [lane.organization, lane.topic, lane.order_key, after.epoch, after.number],
        ),
      );
      if (!letter) return { replayed, failed };
      try {
        if (await this.replayOne(handler, letter)) {
          replayed++;
          this.log.info('road.dead-letter.replayed', { topic: lane.topic, messageId: letter.message_id, organization: lane.organization });
        }
      } catch (error) {
        const cause = causeOf(error);
        await this.keepCause(letter, cause);
        failed.push({ messageId: letter.message_id, topic: lane.topic, code: cause.code, cause: cause.message });
        if (handler.topic.burial === 'parks') return { replayed, failed };
      }
      after = { epoch: letter.epoch, number: letter.number };
    }
  }

  /**
   * Its payload names what has to be locked with it, so it is read before and taken under the locks.
   * @returns false when somebody else has brought it back meanwhile
   */
  private replayOne(handler: TopicHandler, letter: DeadLetterRow): Promise<boolean> {
    const reading = readingOf(handler, toMessage(letter));
    return this.database.transaction(letter.organization, async (transaction) => {
      await lockKeys(transaction, reading.keys);
      const taken = await transaction.sql(
        `delete from dead_letter where organization = $1 and topic = $2 and partition = $3 and epoch = $4 and number = $5 returning number`,
        [letter.organization, letter.topic, letter.partition, letter.epoch, letter.number],
      );
      if (taken.length === 0) return false;
      if (reading.event === null) throw reading.problem;
      await handler.prepare?.([reading.event]);
      await handler.handle(reading.event);
      return true;
    });
  }

  private async keepCause(letter: DeadLetterRow, cause: Cause): Promise<void> {
    await this.database.transaction(letter.organization, (transaction) =>
      transaction.sql(
        `update dead_letter set attempts = attempts + 1, code = $6, cause = $7 where organization = $1 and topic = $2 and partition = $3 and epoch = $4 and number = $5`,
        [letter.organization, letter.topic, letter.partition, letter.epoch, letter.number, cause.code, cause.message],
      ),
    );
  }
}

function deadLetterData(batch: Batch, message: RoadMessage, cause: Cause, attempts: number): DataOf<Topic> {
  return {
    topic: batch.topic,
    partition: batch.partition,
    epoch: Number(message.epoch),
    number: String(message.number),
    key: message.key,
    orderKey: orderKeyOf(message),
    messageId: message.headers['ce_id'],
    cause,
    attempts,
    state: 'buried',
    buriedAt: new Date().toISOString(),
  };
}

function toMessage(row: DeadLetterRow): RoadMessage {
  return { offset: 0n, epoch: BigInt(row.epoch), number: BigInt(row.number), key: row.key, headers: row.headers, body: row.body };
}

function toDeadLetter(row: DeadLetterRow): DeadLetter {
  return {
    organization: row.organization,
    environment: row.environment,
    topic: row.topic,
    partition: row.partition,
    epoch: Number(row.epoch),
    number: row.number,
    messageId: row.message_id,
    key: row.key,
    state: row.state,
    code: row.code,
    cause: row.cause,
    attempts: row.attempts,
    buriedAt: row.buried_at.toISOString(),
  };
}
