import { type EntitySchema, type FilterQuery, OptimisticLockError } from '@mikro-orm/core';
import type { Transaction } from './database.js';

/** What every row has; the ORM counts it as the entity's version. */
interface Row {
  /** 0: not written yet. */
  revision: number;
}

interface Batch<R extends Row> {
  /** By the key of `keyOf`; null is known not to exist. */
  readonly rows: Map<string, R | null>;
  readonly changed: Set<R>;
}

/**
 * One table's rows as a batch of messages works with them: read ahead in one statement, changed in memory, written in one statement before
 * the commit. A batch tells of hundreds of objects, and a query for each, or the ORM's work on each, is most of what an event costs.
 * The rows are the ORM's plain objects, but it does not watch them: whoever changes one says so by `write`.
 */
export class BatchedRows<R extends Row> {
  private readonly batches = new WeakMap<Transaction, Batch<R>>();

  /** @param keyOf a key that never changes and by which rows are looked for */
  constructor(
    private readonly entity: EntitySchema<R>,
    private readonly keyOf: (row: R) => string,
  ) {}

  /** Null for what is known not to exist, undefined for what this transaction has not met. */
  seen(transaction: Transaction, key: string): R | null | undefined {
    return this.of(transaction).rows.get(key);
  }

  /** Remembers the rows found, and of the keys that they are not there. Call with the keys locked. @param where may find others as well */
  async readAhead(transaction: Transaction, keys: Iterable<string>, where: FilterQuery<R>): Promise<void> {
    const { rows } = this.of(transaction);
    const found = await transaction.em.find(this.entity, where, { disableIdentityMap: true, flushMode: 'commit' });
    this.noneOf(transaction, keys);
    for (const row of found) {
      const key = this.keyOf(row);
      if (!rows.get(key)) rows.set(key, row);
    }
  }

  /** Remembers that no row has these keys, where the caller has found that out by a cheaper question. Call with the keys locked. */
  noneOf(transaction: Transaction, keys: Iterable<string>): void {
    const { rows } = this.of(transaction);
    for (const key of keys) if (!rows.has(key)) rows.set(key, null);
  }

  /** @param where asked only when the key was not met in this transaction */
  async find(transaction: Transaction, key: string, where: FilterQuery<R>): Promise<R | null> {
    if (this.seen(transaction, key) === undefined) await this.readAhead(transaction, [key], where);
    return this.seen(transaction, key) ?? null;
  }

  /** Writes the row, new or changed, with all others at the end of the transaction. */
  write(transaction: Transaction, row: R): void {
    const { rows, changed } = this.of(transaction);
    rows.set(this.keyOf(row), row);
    if (changed.size === 0)
      transaction.beforeCommit(`rows of ${this.entity.meta.className}`, () => this.writeAll(transaction, [...changed]));
    changed.add(row);
  }

  private of(transaction: Transaction): Batch<R> {
    const known = this.batches.get(transaction);
    if (known) return known;
    const batch: Batch<R> = { rows: new Map(), changed: new Set() };
    this.batches.set(transaction, batch);
    return batch;
  }

  /** @throws OptimisticLockError when a row was written by somebody who did not hold its key (road 9.1); the batch is then repeated */
  private async writeAll(transaction: Transaction, rows: readonly R[]): Promise<void> {
    // The ORM's own, not the schema's: the ORM works out tables and columns in a copy.
    const { tableName, props, primaryKeys } = transaction.em.getMetadata().get<R>(this.entity);
    const columns = props.map((prop) => ({
      property: prop.name,
      column: prop.fieldNames[0] ?? prop.name,
      isKey: primaryKeys.includes(prop.name),
    }));
    const names = columns.map(({ column }) => column).join(', ');
    const key = columns
      .filter(({ isKey }) => isKey)
      .map(({ column }) => column)
      .join(', ');
    const changes = columns
      .filter(({ isKey }) => !isKey)
      .map(({ column }) => `${column} = excluded.${column}`)
      .join(', ');
    const told = rows.map((row) =>
      Object.fromEntries(columns.map(({ property, column }) => [column, property === 'revision' ? row.revision + 1 : row[property]])),
    );
    const written = await transaction.sql(
      `insert into ${tableName} as kept (${names}) select ${names} from jsonb_populate_recordset(null::${tableName}, $1)
       on conflict (${key}) do update set ${changes} where kept.revision = excluded.revision - 1 returning 1`,
      [JSON.stringify(told)],
    );
    if (written.length !== rows.length) throw OptimisticLockError.lockFailed(tableName);
  }
}
