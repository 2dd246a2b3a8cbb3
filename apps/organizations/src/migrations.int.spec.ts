import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openPool } from '@turnpike/service';
import { freshDatabases, schemaDifference, type FreshDatabases } from '@turnpike/testing';
import { organizations } from './definition.js';

let databases: FreshDatabases;
beforeAll(async () => {
  databases = await freshDatabases([organizations.plan]);
});
afterAll(async () => {
  await databases?.drop();
});

describe('the migrations', () => {
  it('build the tables that the entities describe, with their row-level security', async () => {
    expect(await schemaDifference(databases, organizations)).toEqual([]);
  });

  it('leave the look-up role the two listed tables, and no other', async () => {
    const pool = openPool({ url: databases.of('organizations').infrastructureUrl, name: 'test', size: 1, onError: () => undefined });
    try {
      for (const table of ['organization', 'api_key', 'idempotency'])
        await expect(pool.query(`select 1 from ${table}`)).rejects.toMatchObject({ code: '42501' });
      for (const table of ['known_api_key', 'known_organization']) await pool.query(`select 1 from ${table}`);
      await expect(pool.query(`update known_api_key set revoked_at = null`)).rejects.toMatchObject({ code: '42501' });
    } finally {
      await pool.end();
    }
  });
});
