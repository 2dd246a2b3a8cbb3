import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openPool, type PostgresPool } from './postgres.js';
import { isOutdatedPlan, prepared } from './prepared.js';

describe('a prepared statement', () => {
  let pool: PostgresPool;
  beforeEach(() => void (pool = openPool({ url: process.env['TEST_DATABASE_URL']!, name: 'test', size: 1, onError: () => undefined })));
  afterEach(async () => pool.end());

  const known = async (text: string) =>
    (await pool.query<{ n: string }>('select count(*) as n from pg_prepared_statements where statement = $1', [text])).rows[0]?.n;

  it('is parsed once for each connection, whatever its values', async () => {
    const text = 'select $1::int + 1 as next';
    for (const value of [1, 2, 3]) {
      const { rows } = await prepared<{ next: number }>(pool, text, [value]);
      expect(rows).toEqual([{ next: value + 1 }]);
    }
    expect(await known(text)).toBe('1');
  });

  it('that was planned before a migration fails once, says so, and works from then on', async () => {
    const client = await pool.connect();
    await client.query('create temporary table changing (a int)');
    await client.query('insert into changing values (1)');
    const ask = () => prepared(client, 'select * from changing where a > $1', [0]);
    await ask();
    await client.query('alter table changing add column b int');
    const failure: unknown = await ask().catch((error: unknown) => error);
    expect(isOutdatedPlan(failure)).toBe(true);
    expect((await ask()).rows).toEqual([{ a: 1, b: null }]);
    client.release();
  });

  it('is not kept when texts are written with their values: connections would fill up with them', async () => {
    for (let value = 0; value < 1_000; value++) await prepared(pool, `select ${value} + $1::int as sum`, [1]);
    const { rows } = await pool.query<{ n: string }>('select count(*) as n from pg_prepared_statements');
    expect(Number(rows[0]?.n)).toBeLessThanOrEqual(400);
  });
});
