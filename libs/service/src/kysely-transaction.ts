import {
  type CompiledQuery,
  type ControlledTransaction,
  createQueryId,
  type DatabaseConnection,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  RawNode,
} from 'kysely';
import type { PostgresPoolClient } from './postgres.js';

/** What the ORM's statements run on: by connection, so that one is made for each and not for each transaction. */
const known = new WeakMap<PostgresPoolClient, Kysely<unknown>>();

/**
 * A transaction as the ORM knows it (it is written on Kysely), on a connection whose transaction is ours: its begin, commit and rollback do
 * nothing, its savepoints work.
 */
export function kyselyTransactionOn(client: PostgresPoolClient): Promise<ControlledTransaction<unknown>> {
  let kysely = known.get(client);
  if (!kysely) {
    const driver = new DriverOf(client);
    kysely = new Kysely({
      dialect: {
        createAdapter: () => new PostgresAdapter(),
        createDriver: () => driver,
        createIntrospector: (db) => new PostgresIntrospector(db),
        createQueryCompiler: () => new PostgresQueryCompiler(),
      },
    });
    known.set(client, kysely);
  }
  return kysely.startTransaction().execute();
}

class DriverOf implements Driver {
  private readonly connection: DatabaseConnection;

  constructor(client: PostgresPoolClient) {
    this.connection = {
      async executeQuery<R>({ sql, parameters }: CompiledQuery) {
        const { rowCount, rows } = await client.query<R & object>(sql, [...parameters]);
        return { rows, ...(rowCount === null ? {} : { numAffectedRows: BigInt(rowCount) }) };
      },
      streamQuery: () => {
        throw new Error('A transaction of ours reads whole answers.');
      },
    };
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.connection;
  }

  async beginTransaction(): Promise<void> {}

  async commitTransaction(): Promise<void> {}

  async rollbackTransaction(): Promise<void> {}

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {}

  async savepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await execute(connection, `savepoint "${name}"`);
  }

  async rollbackToSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await execute(connection, `rollback to savepoint "${name}"`);
  }

  async releaseSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await execute(connection, `release savepoint "${name}"`);
  }
}

async function execute(connection: DatabaseConnection, sql: string): Promise<void> {
  await connection.executeQuery({ query: RawNode.createWithSql(sql), queryId: createQueryId(), sql, parameters: [] });
}
