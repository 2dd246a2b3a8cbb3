import { Socket } from 'node:net';
import pg from 'pg';

/** The one file of the services that imports `pg` (architecture rule 3): sessions and pools outside the ORM. */
export type PostgresPool = pg.Pool;
export type PostgresClient = pg.Client;
export type PostgresPoolClient = pg.PoolClient;
/** A row as the driver gives it: columns by name. */
export type ResultRow = pg.QueryResultRow;
export type Result<R extends ResultRow> = pg.QueryResult<R>;

/** What can run a statement: a pool, a session, a checked-out client. */
export interface Queryable {
  query<R extends pg.QueryResultRow>(text: string | pg.QueryConfig, parameters?: unknown[]): Promise<pg.QueryResult<R>>;
}

/**
 * How long a server may owe an answer, in seconds, to statements of a service and of its road. Above it, the connection is thrown away. A
 * session may take longer, since a relay far behind looks over much: after so long the server is asked whether it is still at it.
 */
export const ANSWER_SECONDS = { service: 30, road: 60, session: 15 };

/** A socket with nothing to send notices a dead peer by these: after 10 s, and Node asks each second ten times. */
export const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 };

/**
 * Breaks connections of a pool whose server has fallen silent while it owes an answer: gone without a word, it would otherwise hold the
 * statement until TCP gives up, a quarter of an hour later. The driver's own time limit leaves the connection in the pool,
 * with the transaction open and the next statement queued behind the lost one.
 */
export function endSilentConnections(pool: PostgresPool, seconds: number): void {
  pool.on('connect', (client) => {
    if (client instanceof pg.Client) endWhenSilent(client, seconds);
  });
}

/** @param isAtWork whether the server still works on what it was asked, so that its silence says nothing */
function endWhenSilent({ connection }: PostgresClient, seconds: number, isAtWork: () => Promise<boolean> = async () => false): void {
  const { stream } = connection;
  if (!(stream instanceof Socket)) return;
  let answeredTo = stream.bytesWritten;
  const owesAnswer = () => stream.bytesWritten > answeredTo;
  // Before the driver's own listener, which writes the next statement at once.
  connection.prependListener('readyForQuery', () => (answeredTo = stream.bytesWritten));
  const endIfLost = async (): Promise<void> => {
    const { bytesRead } = stream;
    if (!owesAnswer()) return;
    const isSlow = await isAtWork();
    if (!owesAnswer() || stream.bytesRead > bytesRead) return;
    if (isSlow) stream.setTimeout(seconds * 1000);
    else stream.destroy(new Error(`Connection terminated: PostgreSQL was silent for ${seconds} s.`));
  };
  // A callback of `setTimeout` would be called once, and a connection with nothing to answer is silent, too.
  stream.setTimeout(seconds * 1000).on('timeout', () => void endIfLost());
}

/**
 * A pool for the infrastructure role. Errors of idle clients are told to `onError` (an unheard one would end the process).
 * @param options.answerSeconds the longest silence to a statement
 * @param options.settings further ones of the server, as `-c name=value`
 */
export function openPool(options: {
  url: string;
  name: string;
  size: number;
  onError: (error: Error) => void;
  answerSeconds?: number;
  settings?: string;
}): PostgresPool {
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.name,
    max: options.size,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    ...KEEP_ALIVE,
    options: `-c idle_in_transaction_session_timeout=15000 -c synchronous_commit=on ${options.settings ?? ''}`,
  });
  endSilentConnections(pool, options.answerSeconds ?? ANSWER_SECONDS.road);
  pool.on('error', options.onError);
  // The pool listens to idle clients only; a checked-out one that the server ends would take the process down. Its statement rejects anyway.
  pool.on('connect', (client) => client.on('error', options.onError));
  return pool;
}

/**
 * A dedicated session, for advisory locks: never from a pool, never through a transaction-mode pooler.
 * @param options.idleSeconds the server ends the session, and frees its locks, when its holder is silent for so long (road 1.5)
 * @param options.settings further ones of the server, as `-c name=value`
 * @param options.answerSeconds the longest silence to a statement that the server is not at work on; what it has answered into the void
 * is ended there as well, with the locks it holds
 */
export async function openSession(options: {
  url: string;
  name: string;
  idleSeconds: number;
  onEnd: (error?: Error) => void;
  answerSeconds?: number;
  settings?: string;
}): Promise<PostgresClient> {
  const client = new pg.Client({
    connectionString: options.url,
    application_name: options.name,
    connectionTimeoutMillis: 5_000,
    ...KEEP_ALIVE,
    options: `-c idle_session_timeout=${options.idleSeconds * 1000} -c synchronous_commit=on ${options.settings ?? ''}`,
  });
  client.on('error', options.onEnd);
  client.on('end', () => options.onEnd());
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  endWhenSilent(client, options.answerSeconds ?? ANSWER_SECONDS.session, () => isAtWorkFor(rows[0]?.pid ?? 0, options));
  return client;
}

/** Asked over another connection. A server that cannot be asked is away for everybody: nothing says that this session is lost. */
async function isAtWorkFor(pid: number, { url, name }: { url: string; name: string }): Promise<boolean> {
  const asking = new pg.Client({ connectionString: url, application_name: name, connectionTimeoutMillis: 5_000, query_timeout: 5_000 });
  asking.on('error', () => undefined); // its statement rejects anyway
  try {
    await asking.connect();
    const { rows } = await asking.query<{ state: string }>('select state from pg_stat_activity where pid = $1 and application_name = $2', [
      pid,
      name,
    ]);
    const state = rows[0]?.state;
    if (state === undefined) return false;
    const isWaiting = state === 'idle' || state.startsWith('idle in transaction');
    if (isWaiting) await asking.query('select pg_terminate_backend($1)', [pid]);
    return !isWaiting;
  } catch {
    return true;
  } finally {
    void asking.end().catch(() => undefined);
  }
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
