import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openPool } from '@turnpike/service';
import { freshDatabases, schemaDifference, type FreshDatabases } from '@turnpike/testing';
import { customers } from './definition.js';

let databases: FreshDatabases;
beforeAll(async () => {
  databases = await freshDatabases([customers.plan]);
});
afterAll(async () => {
  await databases?.drop();
});

describe('the migrations', () => {
  it('build the tables that the entities describe, with their row-level security', async () => {
    expect(await schemaDifference(databases, customers, /"fetch_due"|pgboss/)).toEqual([]);
  });

  it('would be found out if they did not', async () => {
    await databases.inside('customers').query('alter table customer drop column name');
    await databases.inside('customers').query('drop policy own_rows on subscription');
    const difference = (await schemaDifference(databases, customers, /"fetch_due"|pgboss/)).join('\n');
    expect(difference).toContain('"name" text');
    expect(difference).toContain('own_rows');
  });

  it('leave the service a role that sees nothing without an organization, and no row of another', async () => {
    const pool = openPool({ url: databases.of('customers').url, name: 'test', size: 1, onError: () => undefined });
    try {
      await expect(pool.query('select * from mirrored_object')).rejects.toMatchObject({ code: '28000' });
      await expect(pool.query(`delete from mirrored_object`)).rejects.toMatchObject({ code: '42501' });
    } finally {
      await pool.end();
    }
    const infrastructure = openPool({ url: databases.of('customers').infrastructureUrl, name: 'test', size: 1, onError: () => undefined });
    try {
      for (const table of ['customer', 'subscription', 'mirrored_object'])
        await expect(infrastructure.query(`select 1 from ${table}`)).rejects.toMatchObject({ code: '42501' });
    } finally {
      await infrastructure.end();
    }
  });
});
