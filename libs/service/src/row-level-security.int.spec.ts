import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Migration } from '@mikro-orm/migrations';
import { adminUrl, freshDatabases, type FreshDatabases } from '@turnpike/testing';
import { Database } from './database.js';
import { openPool } from './postgres.js';
import { assertMigrated, assertRole, type DatabasePlan } from './provision.js';
import { ORGANIZATION_FUNCTION, protectTable } from './row-level-security.js';

class Notes extends Migration {
  override up(): void {
    this.addSql(ORGANIZATION_FUNCTION);
    this.addSql('create table note (organization text not null, id text not null, text text not null, primary key (organization, id))');
    for (const statement of protectTable('notes', 'note')) this.addSql(statement);
  }
}
const plan: DatabasePlan = { service: 'notes', migrations: [{ name: 'Migration20261121000000_notes', class: Notes }] };

/** One organization's data is out of another's reach, and a forgotten organization is an error, not an empty answer (architecture rule 9). */
describe('row-level security', () => {
  let databases: FreshDatabases;
  let database: Database;
  beforeAll(async () => {
    databases = await freshDatabases([plan]);
    database = await Database.open({ url: databases.of('notes').url, service: 'notes', entities: [] });
    for (const organization of ['acme', 'globex']) {
      await database.transaction(organization, ({ sql }) =>
        sql('insert into note values ($1, $2, $3)', [organization, '1', `of ${organization}`]),
      );
    }
  });
  afterAll(async () => {
    await database.close();
    await databases.drop();
  });

  it('a transaction sees the rows of its organization and no others', async () => {
    expect(await database.transaction('acme', ({ sql }) => sql('select text from note'))).toEqual([{ text: 'of acme' }]);
    expect(await database.transaction('initech', ({ sql }) => sql('select text from note'))).toEqual([]);
  });

  it('a row of another organization can neither be written, changed nor taken over', async () => {
    await expect(database.transaction('acme', ({ sql }) => sql(`insert into note values ('globex', '2', 'planted')`))).rejects.toThrow(
      /row-level security/,
    );
    await database.transaction('acme', ({ sql }) => sql(`update note set text = 'changed'`));
    await expect(database.transaction('acme', ({ sql }) => sql(`update note set organization = 'globex'`))).rejects.toThrow(
      /row-level security/,
    );
    expect(await database.transaction('globex', ({ sql }) => sql('select text from note'))).toEqual([{ text: 'of globex' }]);
  });

  it('a statement without an organization raises 28000, also on a connection that had one before', async () => {
    const pool = openPool({ url: databases.of('notes').url, name: 'test', size: 1, onError: () => undefined });
    try {
      await expect(pool.query('select * from note')).rejects.toMatchObject({ code: '28000' });
      const client = await pool.connect();
      await client.query('begin');
      await client.query(`select set_config('turnpike.organization', 'acme', true)`);
      await client.query('select * from note');
      await client.query('commit');
      client.release();
      await expect(pool.query('select * from note')).rejects.toMatchObject({ code: '28000' }); // SET LOCAL leaves '' behind, not null
    } finally {
      await pool.end();
    }
  });

  it('a transaction of one organization cannot be joined for another', async () => {
    await expect(database.transaction('acme', () => database.transaction('globex', async () => 1))).rejects.toMatchObject({
      code: 'organization_not_set',
    });
  });

  it('a throw rolls everything back', async () => {
    const failing = database.transaction('acme', async ({ sql }) => {
      await sql(`insert into note values ('acme', '9', 'gone')`);
      throw new Error('after all');
    });
    await expect(failing).rejects.toThrow('after all');
    expect(await database.transaction('acme', ({ sql }) => sql(`select 1 from note where id = '9'`))).toEqual([]);
  });

  it('the infrastructure role sees no business table', async () => {
    const pool = openPool({ url: databases.of('notes').infrastructureUrl, name: 'test', size: 1, onError: () => undefined });
    await expect(pool.query('select * from note')).rejects.toMatchObject({ code: '42501' });
    await pool.end();
  });

  it('a service refuses to start as a superuser, and as an owner of tables; its own roles pass', async () => {
    await expect(assertRole(inside(adminUrl()), 'service')).rejects.toThrow(/superuser.*owns/);
    await expect(assertRole(databases.of('notes').url, 'service')).resolves.toBeUndefined();
    await expect(assertRole(databases.of('notes').infrastructureUrl, 'infrastructure')).resolves.toBeUndefined();
  });

  it('a service refuses to start when a table of organizations is open to it without protection', async () => {
    await databases.inside('notes').query('create table open_note (organization text); grant select on open_note to turnpike_notes');
    await expect(assertRole(databases.of('notes').url, 'service')).rejects.toThrow(/no row-level security/);
    await databases.inside('notes').query('drop table open_note');
  });

  it('a service refuses to start when a migration is missing, and says which', async () => {
    const later: DatabasePlan = { ...plan, migrations: [...plan.migrations, { name: 'Migration20261122000000_later', class: Notes }] };
    await expect(assertMigrated(later, databases.of('notes').url)).rejects.toThrow(/Migration20261122000000_later.*npm run migrate/);
    await expect(assertMigrated(plan, databases.of('notes').url)).resolves.toBeUndefined();
  });

  it('a machine that dies inside a transaction holds its places for 15 s at most, and nothing is visible before it is durable (road 2.0 j, 1.3)', async () => {
    const settings = await database.transaction('acme', ({ sql }) =>
      sql(`select current_setting('idle_in_transaction_session_timeout') as idle, current_setting('synchronous_commit') as commit`),
    );
    expect(settings).toEqual([{ idle: '15s', commit: 'on' }]);
  });

  function inside(url: string): string {
    const changed = new URL(url);
    changed.pathname = `/${databases.prefix}notes`;
    return changed.href;
  }
});
