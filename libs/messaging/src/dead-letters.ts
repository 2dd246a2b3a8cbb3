import type { DataOf, Topic } from '@turnpike/contracts-events';
import type { Transaction } from '@turnpike/service';
import { orderKeyOf, readingOf, scopeOf, type TopicHandler } from './incoming.js';
import type { Batch, RoadMessage } from './message.js';
import type { Outbox } from './outbox.js';

type Cause = { code: string; message: string };

/**
 * Messages that could not take effect, kept whole beside the reader's data and announced on `<reader>.dead-letters`. What burial does to
 * the key is the contract's word: `heals` waits for the next version, `marks-dirty` tells the handler, `parks` keeps what follows
 * behind it until the replay (architecture rule 3, road 2.7). Who brings them back or drops them: `LettersForOperators`.
 */
export class DeadLetters {
  constructor(
    private readonly outbox: Outbox,
    /** Where burials are told; null for a service that hears nothing. */
    private readonly contract: Topic | null,
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
