import { Migration } from '@mikro-orm/migrations';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Scope } from '@turnpike/contracts-events';
import { Database, Log } from '@turnpike/service';
import { freshDatabases, type FreshDatabases } from '@turnpike/testing';
import { z } from 'zod';
import { defineJob } from './define-job.js';
import { jobTables } from './job-tables.js';
import { Jobs } from './jobs.js';

const SERVICE = 'customers';
const ACME: Scope = { organization: 'acme', environment: 'test' };
const GLOBEX: Scope = { organization: 'globex', environment: 'test' };
const SettleAccount = defineJob({ name: 'settle-account', data: z.object({ account: z.string() }) });

class JobsOnly extends Migration {
  override up(): void {
    for (const statement of jobTables(SERVICE)) this.addSql(statement);
  }
}

describe('jobs', () => {
  let databases: FreshDatabases;
  let database: Database;
  const running: Jobs[] = [];

  beforeAll(async () => {
    databases = await freshDatabases([{ service: SERVICE, migrations: [{ name: 'Migration20261121000000_jobs', class: JobsOnly }] }]);
    database = await Database.open({ url: databases.of(SERVICE).url, service: SERVICE, entities: [] });
  });
  afterAll(async () => {
    await database.close();
    await databases.drop();
  });

  async function started(work: (account: string, scope: Scope) => Promise<void>): Promise<Jobs> {
    const jobs = new Jobs(database, databases.of(SERVICE).url, SERVICE, Log.of(SERVICE, 'silent'));
    jobs.handle(SettleAccount, ({ account }, { scope }) => work(account, scope));
    await jobs.onApplicationBootstrap();
    running.push(jobs);
    return jobs;
  }

  async function until(isSo: () => boolean): Promise<void> {
    for (const end = Date.now() + 10_000; !isSo(); await new Promise((resolve) => setTimeout(resolve, 10)))
      if (Date.now() > end) throw new Error('Waited 10 s in vain.');
  }

  it('are done once what enqueued them is durable, by a role that owns nothing', async () => {
    const done: string[] = [];
    const jobs = await started(async (account, scope) => void done.push(`${scope.organization} ${account}`));
    const before = Date.now();
    await database.transaction('acme', () => jobs.enqueue(SettleAccount, ACME, { account: 'a' }));
    await until(() => done.length === 1);
    expect(done).toEqual(['acme a']);
    expect(Date.now() - before).toBeLessThan(900);
    await jobs.beforeApplicationShutdown();
  });

  it('vanish with a transaction that is rolled back', async () => {
    const done: string[] = [];
    const jobs = await started(async (account) => void done.push(account));
    await expect(
      database.transaction('acme', async () => {
        await jobs.enqueue(SettleAccount, ACME, { account: 'never' });
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await database.transaction('acme', () => jobs.enqueue(SettleAccount, ACME, { account: 'after' }));
    await until(() => done.length > 0);
    expect(done).toEqual(['after']);
    await jobs.beforeApplicationShutdown();
  });

  it('are tried again after a failure', async () => {
    let tries = 0;
    const jobs = await started(async () => {
      tries += 1;
      if (tries < 3) throw new Error('not yet');
    });
    await database.transaction('acme', () => jobs.enqueue(SettleAccount, ACME, { account: 'a' }));
    await until(() => tries === 3);
    await jobs.beforeApplicationShutdown();
  });

  it('wait until their time, and at most one of a key waits, for each organization', async () => {
    const done: string[] = [];
    const jobs = await started(async (account, scope) => void done.push(`${scope.organization} ${account}`));
    const later = new Date(Date.now() + 3_600_000);
    for (const scope of [ACME, GLOBEX])
      await database.transaction(scope.organization, async () => {
        await jobs.enqueue(SettleAccount, scope, { account: 'first' }, { key: 'k', at: later });
        await jobs.enqueue(SettleAccount, scope, { account: 'second' }, { key: 'k', at: later });
      });
    const waiting = () =>
      databases
        .inside(SERVICE)
        .query<{ data: { scope: Scope; data: { account: string } } }>(
          `select data from pgboss.job where state = 'created' order by data->'scope'->>'organization'`,
        );
    expect((await waiting()).rows.map(({ data }) => `${data.scope.organization} ${data.data.account}`)).toEqual([
      'acme second',
      'globex second',
    ]);
    await database.transaction('acme', () => jobs.enqueue(SettleAccount, ACME, { account: 'third' }, { key: 'k', at: new Date() }));
    await database.transaction('globex', () => jobs.cancel(SettleAccount, GLOBEX, 'k'));
    await until(() => done.length === 1);
    expect(done).toEqual(['acme third']);
    expect((await waiting()).rows).toEqual([]);
    await jobs.beforeApplicationShutdown();
  });

  it('of a key that runs leave room for the next one of it', async () => {
    const done: string[] = [];
    let letGo = () => {};
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const jobs = await started(async (account) => {
      done.push(account);
      if (account === 'one') await held;
    });
    await database.transaction('acme', () => jobs.enqueue(SettleAccount, ACME, { account: 'one' }, { key: 'k' }));
    await until(() => done.length === 1);
    await database.transaction('acme', () => jobs.enqueue(SettleAccount, ACME, { account: 'two' }, { key: 'k' }));
    letGo();
    await until(() => done.length === 2);
    expect(done).toEqual(['one', 'two']);
    await jobs.beforeApplicationShutdown();
  });

  it('that are to be tried again do not put off what was asked for while they ran', async () => {
    const done: string[] = [];
    const jobs = await started(async (account) => {
      done.push(account);
      if (account !== 'one') return;
      await database.transaction('acme', () => jobs.enqueue(SettleAccount, ACME, { account: 'asked for' }, { key: 'k', at: new Date() }));
      const later = { key: 'k', at: new Date(Date.now() + 3_600_000), unlessWaiting: true };
      await database.transaction('acme', () => jobs.enqueue(SettleAccount, ACME, { account: 'again' }, later));
    });
    await database.transaction('acme', () => jobs.enqueue(SettleAccount, ACME, { account: 'one' }, { key: 'k' }));
    await until(() => done.length === 2);
    expect(done).toEqual(['one', 'asked for']);
    await jobs.beforeApplicationShutdown();
  });

  it('that wait together are done one after the other, without a poll between them', async () => {
    const done: string[] = [];
    const jobs = await started(async (account) => void done.push(account));
    const before = Date.now();
    await database.transaction('acme', async () => {
      for (let index = 0; index < 20; index++) await jobs.enqueue(SettleAccount, ACME, { account: String(index) });
    });
    await until(() => done.length === 20);
    expect(Date.now() - before).toBeLessThan(5_000);
    await jobs.beforeApplicationShutdown();
  });

  it('that a killed process held are done by another one', async () => {
    const done: string[] = [];
    await databases.inside(SERVICE).query(
      `insert into pgboss.job (name, data, state, started_on, heartbeat_on, heartbeat_seconds, retry_limit, policy)
       values ('settle-account', $1, 'active', now() - interval '1 minute', now() - interval '1 minute', 10, 40, 'short')`,
      [JSON.stringify({ scope: ACME, data: { account: 'left behind' } })],
    );
    const jobs = await started(async (account) => void done.push(account));
    for (const end = Date.now() + 30_000; done.length === 0 && Date.now() < end;) await new Promise((resolve) => setTimeout(resolve, 100));
    expect(done).toEqual(['left behind']);
    await jobs.beforeApplicationShutdown();
  }, 40_000);
});
