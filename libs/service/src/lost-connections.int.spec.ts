import { describe, expect, it } from '@jest/globals';
import { Database } from './database.js';
import { openPool } from './postgres.js';

describe('a connection that the server ends inside a transaction', () => {
  it('costs no place in the pool: later transactions find theirs, and the database closes', async () => {
    const url = process.env['TEST_DATABASE_URL']!;
    const database = await Database.open({ url, service: 'lost connections', entities: [], poolSize: 2 });
    const admin = openPool({ url, name: 'test', size: 1, onError: () => undefined });
    const end = () =>
      admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'turnpike lost connections'`);

    for (let times = 0; times < 5; times++) {
      const cut = database.transaction('acme', async ({ sql }) => {
        await end();
        await sql('select 1');
      });
      await expect(cut).rejects.toThrow(/terminat|not queryable/);
    }
    const working = Promise.all(
      [1, 2, 3].map((number) => database.transaction('acme', ({ sql }) => sql<{ n: number }>('select $1::int as n', [number]))),
    );
    expect(await working).toEqual([[{ n: 1 }], [{ n: 2 }], [{ n: 3 }]]);
    await database.close();
    await admin.end();
  });
});
