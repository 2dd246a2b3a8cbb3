import { afterEach, describe, expect, it } from '@jest/globals';
import { freshDatabases, writerPlan, type FreshDatabases } from '@turnpike/testing';
import { RelayBook } from '../relay-book.js';
import { nextWindow } from '../window.js';

const DAY = `(current_date - 20)`;

/** Days of the outbox go whole, and never before everything in them is published (road 1.6, 2.0 a). */
describe('the retention of the outbox', () => {
  let databases: FreshDatabases;
  afterEach(async () => databases.drop());

  async function anOldDay() {
    databases = await freshDatabases([writerPlan]);
    const admin = databases.inside('writer');
    await admin.query(
      `do $$ begin execute format('create table outbox_%s partition of outbox for values from (%L) to (%L)', to_char(${DAY}, 'YYYYMMDD'), ${DAY}, ${DAY} + 1); end $$`,
    );
    await admin.query(
      `insert into outbox (message_id, organization, environment, topic, partition, key, order_key, body, announced_at)
       values (gen_random_uuid(), 'acme', 'test', 'writer.counted.changed.v1', 1, 'k', 'k', '{}', ${DAY} + interval '1 hour')`,
    );
    const keep = () => new RelayBook(admin, 'writer').keepOutbox(admin, 7);
    const left = async () =>
      Number((await admin.query<{ n: string }>(`select count(*) as n from outbox where announced_at < current_date - 7`)).rows[0]!.n);
    const close = (snapshot: string) =>
      admin.query(
        `insert into relay_window (service, token, epoch, window_number, closed) values ('writer', 1, 1, 1, $1::text::pg_snapshot) on conflict (service) do update set closed = excluded.closed`,
        [snapshot],
      );
    return { admin, keep, left, close };
  }

  it('keeps a day with an unpublished message, however old, and drops it once its window is closed', async () => {
    const { admin, keep, left, close } = await anOldDay();
    expect(await keep()).toBe(0); // nothing was ever published
    await close('3:3:');
    expect(await keep()).toBe(0);
    expect(await left()).toBe(1);
    const window = await nextWindow(admin, '3:3:');
    await close(window!.snapshot);
    expect(await keep()).toBe(1);
    expect(await left()).toBe(0);
  });

  it('keeps a day that a refused partition has yet to send', async () => {
    const { admin, keep, left, close } = await anOldDay();
    const window = await nextWindow(admin, '3:3:');
    await close(window!.snapshot);
    await admin.query(
      `insert into relay_partition (service, topic, partition, number, window_number, last_id, lag_closed, lag_open) values ('writer', 'writer.counted.changed.v1', 1, 0, 1, 0, '3:3:', $1::text::pg_snapshot)`,
      [window!.snapshot],
    );
    expect(await keep()).toBe(0);
    expect(await left()).toBe(1);
  });

  it('never queues the writers behind a long reader', async () => {
    const { admin, keep, left, close } = await anOldDay();
    await close((await nextWindow(admin, '3:3:'))!.snapshot);
    const reader = await admin.connect();
    await reader.query('begin');
    await reader.query('select count(*) from outbox');
    const startedAt = Date.now();
    expect(await keep()).toBe(0); // it gave up instead of waiting
    await admin.query(
      `insert into outbox (message_id, organization, environment, topic, partition, key, order_key, body) values (gen_random_uuid(), 'acme', 'test', 't.a.b', 1, 'k', 'k', '{}')`,
    );
    expect(Date.now() - startedAt).toBeLessThan(3_000);
    await reader.query('rollback');
    reader.release();
    expect(await keep()).toBe(1);
    expect(await left()).toBe(0);
  });
});
