import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openPool } from '@turnpike/service';
import { freshDatabases, schemaDifference, type FreshDatabases } from '@turnpike/testing';
import { entitlements } from './definition.js';

let databases: FreshDatabases;
beforeAll(async () => {
  databases = await freshDatabases([entitlements.plan]);
});
afterAll(async () => {
  await databases?.drop();
});

describe('the migrations', () => {
  it('build the tables that the entities describe, with their row-level security', async () => {
    expect(await schemaDifference(databases, entitlements, /pgboss/)).toEqual([]);
  });

  it('leave the service a role that sees nothing without an organization', async () => {
    const pool = openPool({ url: databases.of('entitlements').url, name: 'test', size: 1, onError: () => undefined });
    const infrastructure = openPool({
      url: databases.of('entitlements').infrastructureUrl,
      name: 'test',
      size: 1,
      onError: () => undefined,
    });
    try {
      for (const table of ['access', 'known_clock', 'known_customer', 'known_plan_version', 'known_subscription', 'known_workspace']) {
        await expect(pool.query(`select * from ${table}`)).rejects.toMatchObject({ code: '28000' });
        await expect(infrastructure.query(`select * from ${table}`)).rejects.toMatchObject({ code: '42501' });
      }
    } finally {
      await pool.end();
      await infrastructure.end();
    }
  });
});
