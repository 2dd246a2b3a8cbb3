import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startPostgres } from '@turnpike/local-postgres';
import { openSession, rolesOf } from '@turnpike/service';
import { until } from '@turnpike/testing';
import { type Start, Trial } from './npm-start.js';

const PATIENCE_MS = 120_000;
const { service: ROLE, infrastructure: INFRASTRUCTURE } = rolesOf('customers');

/** A restore from backup, while nothing runs. */
const KEEP = [`create database customers_backup template customers`];
const RESTORE = [
  `drop database customers with (force)`,
  `create database customers template customers_backup`,
  `revoke all on database customers from public`,
  `grant connect on database customers to ${ROLE}, ${INFRASTRUCTURE}`,
];

describe('the database of one service restored from an older state, twice from the same backup, while others went on (road 2.0 c, d)', () => {
  let trial: Trial;
  beforeAll(async () => void (trial = await Trial.begin()));
  afterAll(() => trial.end());

  const whileStopped = async (start: Start, statements: readonly string[]) => {
    await start.controlC();
    const postgres = await startPostgres({ directory: join(trial.folder, 'postgres') });
    const session = await openSession({ url: postgres.adminUrl, name: 'administrator', idleSeconds: 0, onEnd: () => undefined });
    for (const statement of statements) await session.query(statement);
    await session.end();
    await postgres.stop('fast');
  };
  /** What `customers` has, by Stripe's id: ours, and which state it is. */
  const truth = async () => {
    const rows = await trial.sql<{ id: string; stripe_id: string; n: string }>(
      'customers',
      `select id, stripe_id, version_n as n from customer`,
    );
    return new Map(rows.map((row) => [row.stripe_id, `${row.id} ${row.n}`]));
  };
  /** What `entitlements` believes of customers that are there, and what it still waits for. */
  const believed = async () => {
    const rows = await trial.sql<{ id: string; n: string }>(
      'entitlements',
      `select id, version_n as n from known_customer where deleted_at is null`,
    );
    return rows.map((row) => `${row.id} ${row.n}`).sort();
  };
  const isStale = async () => (await trial.sql('entitlements', 'select 1 from retelling')).length > 0;
  const agrees = async () => !(await isStale()) && (await believed()).join() === [...(await truth()).values()].sort().join();
  const epoch = async () => Number((await trial.sql<{ epoch: string }>('customers', 'select epoch from life'))[0]?.epoch);

  it('ends with the same customers at both, none lost, doubled or stale', async () => {
    const customers: string[] = [];
    const deliver = async (start: Start, count: number) => {
      for (let index = 0; index < count; index++) {
        const customer = `cus_setback${customers.length}`;
        expect(await trial.deliver(start.url ?? '', customer)).toBe(200);
        customers.push(customer);
      }
      for (const customer of customers.slice(0, 2)) await trial.deliver(start.url ?? '', customer, 'customer.updated');
      await trial.settled(start, customers);
    };
    let start = await trial.start();
    await deliver(start, 6);
    await until('both services agree', agrees, PATIENCE_MS);
    await whileStopped(start, KEEP);

    const epochs = [1];
    for (let restores = 0; restores < 2; restores++) {
      start = await trial.start();
      await deliver(start, 5); // the time that is lost
      await until('both services agree', agrees, PATIENCE_MS);
      const lost = await truth();
      await whileStopped(start, RESTORE);

      start = await trial.start([], { LOG_LEVEL: 'info' });
      await deliver(start, 2);
      await until('customers has begun a new epoch', async () => (await epoch()) > Math.max(...epochs), PATIENCE_MS);
      epochs.push(await epoch());
      await until('entitlements knows what customers knows now, and nothing else', agrees, PATIENCE_MS).catch(() => undefined);
      expect(await believed()).toEqual([...(await truth()).values()].sort());
      expect(await isStale()).toBe(false);
      expect([...(await truth()).keys()].sort()).toEqual([...customers].sort());
      // Heard again from the log, with other ids of ours: those of the lost time are answered as deleted.
      const gone = await trial.sql<{ n: string }>('entitlements', 'select count(*) as n from known_customer where deleted_at is not null');
      expect(Number(gone[0]?.n)).toBeGreaterThan(0);
      expect(lost.size).toBeGreaterThan(0);
      await start.controlC();
    }
    expect(new Set(epochs).size).toBe(3);
  }, 600_000);
});
