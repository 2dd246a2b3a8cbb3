import pg from 'pg';

/** The one file of the services that imports `pg` (architecture rule 3): sessions and pools outside the ORM. */
export type PostgresPool = pg.Pool;
export type PostgresClient = pg.Client;
export type PostgresPoolClient = pg.PoolClient;

/** What can run a statement: a pool, a session, a checked-out client. */
export interface Queryable {
  query<R extends pg.QueryResultRow>(text: string, parameters?: unknown[]): Promise<pg.QueryResult<R>>;
}

/** A pool for the infrastructure role. Errors of idle clients are told to `onError` (an unheard one would end the process). */
export function openPool(options: { url: string; name: string; size: number; onError: (error: Error) => void }): PostgresPool {
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.name,
    max: options.size,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    options: '-c idle_in_transaction_session_timeout=15000 -c synchronous_commit=on',
  });
  pool.on('error', options.onError);
  // The pool listens to idle clients only; a checked-out one that the server ends would take the process down. Its statement rejects anyway.
  pool.on('connect', (client) => client.on('error', options.onError));
  return pool;
}

/**
 * A dedicated session, for advisory locks: never from a pool, never through a transaction-mode pooler.
 * @param idleSeconds the server ends the session, and frees its locks, when its holder is silent for so long (road 1.5)
 */
export async function openSession(options: {
  url: string;
  name: string;
  idleSeconds: number;
  onEnd: (error?: Error) => void;
}): Promise<PostgresClient> {
  const client = new pg.Client({
    connectionString: options.url,
    application_name: options.name,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    options: `-c idle_session_timeout=${options.idleSeconds * 1000} -c synchronous_commit=on -c plan_cache_mode=force_custom_plan`,
  });
  client.on('error', options.onEnd);
  client.on('end', () => options.onEnd());
  await client.connect();
  return client;
}

/** One transaction on one client of a pool; a throw rolls back. */
export async function inTransaction<T>(pool: PostgresPool, work: (client: PostgresPoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const value = await work(client);
    await client.query('commit');
    return value;
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => (broken = failure));
    throw error;
  } finally {
    client.release(broken);
  }
}
