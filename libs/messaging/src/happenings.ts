import type { Topic } from '@turnpike/contracts-events';
import type { PostgresPool, Transaction } from '@turnpike/service';
import { KEEP_MS } from './bus-retention.js';
import type { RoadMessage } from './message.js';

/**
 * Of these messages, those that have not taken effect under another number: a writer whose database was set back tells happenings again
 * that it does not know to be sent (road 2.0 e). They are noted in this transaction, with their effect. States need none of it:
 * their versions decide.
 */
export async function newHappenings(
  transaction: Transaction,
  topic: Topic,
  messages: readonly RoadMessage[],
): Promise<readonly RoadMessage[]> {
  if (topic.kind !== 'log' || messages.length === 0) return messages;
  const noted = await transaction.sql<{ message_id: string }>(
    `insert into happening (organization, topic, message_id) select $1, $2, id from unnest($3::uuid[]) as id on conflict do nothing returning message_id`,
    [transaction.organization, topic.name, messages.map(({ headers }) => headers['ce_id'])],
  );
  if (noted.length === messages.length) return messages;
  const isNew = new Set(noted.map((row) => row.message_id));
  return messages.filter(({ headers }) => isNew.delete(headers['ce_id'] ?? ''));
}

/** Forgets the ids of messages that no log keeps any more. They are UUIDv7, and so sorted by time. */
export async function keepHappenings(infrastructure: PostgresPool, now: Date): Promise<void> {
  const oldest = (now.getTime() - KEEP_MS.log).toString(16).padStart(12, '0');
  await infrastructure.query('delete from happening where message_id < $1', [
    `${oldest.slice(0, 8)}-${oldest.slice(8)}-7000-8000-000000000000`,
  ]);
}
