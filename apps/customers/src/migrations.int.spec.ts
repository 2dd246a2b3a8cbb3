import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MikroORM } from '@mikro-orm/postgresql';
import { openPool, ormOptions } from '@turnpike/service';
import { adminUrl, freshDatabases, type FreshDatabases } from '@turnpike/testing';
import { customers } from './definition.js';

/** Tables of the road and of the migrator, their functions, and what hangs on them: no entity is theirs. */
const INFRASTRUCTURE =
  /"(outbox|outbox_\w+|place|dead_letter|gap|relay_window|relay_partition|mikro_orm_migrations)"|drop function if exists "turnpike_/;

let databases: FreshDatabases;
beforeAll(async () => {
  databases = await freshDatabases([customers.plan]);
});
afterAll(async () => {
  await databases?.drop();
});

async function schemaDifference(): Promise<string[]> {
  const url = new URL(adminUrl());
  url.pathname = `/${databases.prefix}customers`;
  const orm = await MikroORM.init(
    ormOptions({ url: url.href, service: 'customers schema', entities: [...customers.entities], poolSize: 1 }),
  );
  try {
    const sql = await orm.schema.getUpdateSchemaSQL({ wrap: false, safe: false });
    const statements = sql.split(';').map((statement) => statement.trim());
    return statements.filter((statement) => statement !== '' && !INFRASTRUCTURE.test(statement));
  } finally {
    await orm.close(true);
  }
}

describe('the migrations', () => {
  it('build the tables that the entities describe, with their row-level security', async () => {
    expect(await schemaDifference()).toEqual([]);
  });

  it('would be found out if they did not', async () => {
    await databases.inside('customers').query('alter table customer drop column name');
    await databases.inside('customers').query('drop policy own_rows on subscription');
    const difference = (await schemaDifference()).join('\n');
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
