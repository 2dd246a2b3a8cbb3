import { Client, DatabaseError } from 'pg';

/** What a server on a port of this machine answers to us. */
export type Answer =
  /** It takes our password and serves our data. */
  | 'ours'
  /** It is PostgreSQL that still recovers, or already shuts down, or has no connection left. */
  | 'not-yet'
  /** It is another server. */
  | 'another'
  /** Nobody answers. */
  | 'silent';

export function adminUrl(port: number, password: string): string {
  return `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;
}

/** Asks who listens there. The password is safe with a stranger: SCRAM proves it without sending it. */
export async function whoAnswers(port: number, password: string, data: string): Promise<Answer> {
  const client = new Client({ connectionString: adminUrl(port, password), connectionTimeoutMillis: 3_000, query_timeout: 3_000 });
  // A connection cut while nobody waits for an answer would otherwise be an uncaught error.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
    return rows[0]?.data_directory === data ? 'ours' : 'another';
  } catch (error) {
    if (error instanceof DatabaseError) return error.code?.startsWith('57') || error.code?.startsWith('53') ? 'not-yet' : 'another';
    return 'silent';
  } finally {
    await client.end().catch(() => undefined);
  }
}
