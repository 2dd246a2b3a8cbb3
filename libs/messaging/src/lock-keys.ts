import type { Transaction } from '@turnpike/service';

/**
 * Locks what a transaction is about to change, in one order everywhere, so that batches, requests and jobs wait for each other and do
 * not deadlock (road 2.4). Whoever changes an aggregate from elsewhere than its topic locks the same key first.
 */
export async function lockKeys(transaction: Transaction, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  const sorted = [...new Set(keys)].sort();
  await transaction.sql(`select pg_advisory_xact_lock(hashtextextended(key, 0)) from unnest($1::text[]) as key`, [sorted]);
}
