import type { DataOf, Scope, Topic } from '@turnpike/contracts-events';
import { MAX_BODY_BYTES, partitionOf, wireKey } from '@turnpike/contracts-events';
import type { Database, Transaction } from '@turnpike/service';
import { DomainError, traceparent } from '@turnpike/service';
import { v7 as uuidv7 } from 'uuid';
import { killPoints } from './kill-points.js';
import { packBodies, unpackedBody } from './packed-bodies.js';
import type { Signal } from './signal.js';

/** A message over 900 KB: a broker could refuse it for ever, and with it everything behind it (road 1.4). Announce null and let it be fetched. */
export class MessageTooLarge extends DomainError {
  readonly kind = 'invalid';
  readonly code = 'message_too_large';
  constructor(topic: string, key: string, bytes: number) {
    super(`The message ${topic} for ${key} has ${bytes} bytes; at most ${MAX_BODY_BYTES} go on a topic.`);
  }
}

interface OutboxRow {
  messageId: string;
  environment: string;
  topic: string;
  partition: number;
  key: string;
  orderKey: string;
  body: Buffer;
  traceparent: string | null;
}

/** Two statements: where nothing is traced, messages cost nothing for it. */
const INSERT = insertWith('', '', '');
const INSERT_TRACED = insertWith(', traceparent', ', m.traceparent', ', $12::text[]');

function insertWith(column: string, value: string, values: string): string {
  return `insert into outbox (message_id, organization, environment, data_residency, topic, partition, key, order_key, body${column})
  select m.message_id, $1, m.environment, $2, m.topic, m.partition, m.key, m.order_key, ${unpackedBody('$9', 'm')}${value}
    from unnest($3::uuid[], $4::text[], $5::text[], $6::int[], $7::text[], $8::text[], $10::int[], $11::int[]${values})
      with ordinality as m(message_id, environment, topic, partition, key, order_key, start, length${column}, position)
   order by m.position`;
}

/**
 * The only way onto a bus (architecture rule 1). Announcing outside a transaction throws; the rows are written as the transaction's last
 * statement, after all changes were flushed, so that their ids are drawn under the locks of what they tell about (road 1.1 c).
 */
export class Outbox {
  private readonly pending = new WeakMap<Transaction, OutboxRow[]>();

  /** @param wake told after each commit that announced something, so that the relay need not wait for its next poll */
  constructor(
    private readonly database: Database,
    private readonly wake: Signal,
    private readonly dataResidency: string | null = null,
  ) {}

  /**
   * Tells one fact: parsed against its contract, ordered by its order key, sent once the surrounding transaction is durable.
   * @param from the `traceparent` of what it comes from: of what runs now, unless told
   * @returns the message's id (UUIDv7)
   * @throws MessageTooLarge over 900 KB; ZodError when the data is not what the contract says (a bug)
   */
  announce<T extends Topic>(topic: T, scope: Scope, data: DataOf<T>, from: string | null = traceparent()): string {
    const transaction = this.database.current();
    if (transaction.organization !== scope.organization)
      throw new Error(`${topic.name} of ${scope.organization} was announced in a transaction of ${transaction.organization}.`);
    const told = topic.data.parse(data);
    const key = wireKey(scope, topic.key(told));
    const body = Buffer.from(JSON.stringify(told));
    if (body.length > MAX_BODY_BYTES) throw new MessageTooLarge(topic.name, key, body.length);
    const orderKey = wireKey(scope, topic.order(told));
    const row: OutboxRow = {
      messageId: uuidv7(),
      environment: scope.environment,
      topic: topic.name,
      partition: partitionOf(orderKey),
      key,
      orderKey,
      body,
      traceparent: from,
    };
    this.rowsOf(transaction).push(row);
    return row.messageId;
  }

  private rowsOf(transaction: Transaction): OutboxRow[] {
    const known = this.pending.get(transaction);
    if (known) return known;
    const rows: OutboxRow[] = [];
    this.pending.set(transaction, rows);
    transaction.lastBeforeCommit(async () => {
      Object.freeze(rows); // a later announcement would be lost without a word
      await this.write(transaction, rows);
      killPoints.inserted.publish(transaction.organization);
    });
    transaction.afterCommit('outbox', () => this.wake.give());
    return rows;
  }

  private async write(transaction: Transaction, rows: OutboxRow[]): Promise<void> {
    const { bytes, starts, lengths } = packBodies(rows.map((row) => row.body));
    const isTraced = rows.some((row) => row.traceparent !== null);
    await transaction.sql(isTraced ? INSERT_TRACED : INSERT, [
      transaction.organization,
      this.dataResidency,
      rows.map((row) => row.messageId),
      rows.map((row) => row.environment),
      rows.map((row) => row.topic),
      rows.map((row) => row.partition),
      rows.map((row) => row.key),
      rows.map((row) => row.orderKey),
      bytes,
      starts,
      lengths,
      ...(isTraced ? [rows.map((row) => row.traceparent)] : []),
    ]);
  }
}
