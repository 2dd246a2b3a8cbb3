import type { Transaction } from '@turnpike/service';

/**
 * The rows that a transaction has loaded or made, by a key of theirs that never changes. A batch tells of one object again and again, and the
 * ORM finds a row that was made but not flushed only by flushing: this keeps a batch's writes together until its end.
 */
export class LoadedRows<Row extends object> {
  private readonly rows = new WeakMap<Transaction, Map<string, Row>>();

  /** Null for what this transaction has not met, which says nothing about the database. */
  seen(transaction: Transaction, key: string): Row | null {
    return this.rows.get(transaction)?.get(key) ?? null;
  }

  /** @param load asked only when the key was not seen in this transaction; its null is not remembered */
  async find(transaction: Transaction, key: string, load: () => Promise<Row | null>): Promise<Row | null> {
    const seen = this.seen(transaction, key);
    if (seen) return seen;
    const row = await load();
    if (row) this.keep(transaction, key, row);
    return row;
  }

  keep(transaction: Transaction, key: string, row: Row): void {
    const rows = this.rows.get(transaction) ?? new Map<string, Row>();
    rows.set(key, row);
    this.rows.set(transaction, rows);
  }
}
