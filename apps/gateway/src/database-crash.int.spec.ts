import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { removePostgres, startPostgres, type LocalPostgres } from '@turnpike/local-postgres';
import { until } from '@turnpike/testing';
import { anEvent, StartedGateway } from './testing/started-gateway.js';

const CRASHES = 3;
const LANES = 6;
const ACCEPTED_BETWEEN = 30;

let folder: string;
let postgres: LocalPostgres;
let gateway: StartedGateway;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'turnpike-crash-'));
  chmodSync(folder, 0o755); // PostgreSQL's own account must get in
  postgres = await startPostgres({ directory: folder });
  // A server of its own: the others' tests need theirs.
  process.env['TEST_DATABASE_URL'] = postgres.adminUrl;
  gateway = await StartedGateway.start();
}, 60_000);
afterAll(async () => {
  await gateway?.stop();
  await postgres?.stop();
  await removePostgres(folder);
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

describe('a PostgreSQL that crashes under load', () => {
  it('has everything that was answered with 2xx, once, and is used again as soon as it is back', async () => {
    const accepted = new Set<string>();
    const refusals = new Set<number>();
    let isOver = false;
    const lane = async () => {
      while (!isOver) {
        const body = anEvent();
        for (let status = 0; status !== 200 && !isOver;) {
          ({ status } = await gateway.deliver(body));
          if (status === 200) accepted.add(JSON.parse(body).id);
          else refusals.add(status);
        }
      }
    };
    const load = Promise.all(Array.from({ length: LANES }, lane));
    for (let crash = 0; crash < CRASHES; crash++) {
      const before = accepted.size;
      await until('deliveries are accepted', async () => accepted.size > before + ACCEPTED_BETWEEN);
      await postgres.stop('immediate');
      postgres = await startPostgres({ directory: folder, port: postgres.port });
    }
    const before = accepted.size;
    await until('deliveries are accepted', async () => accepted.size > before + ACCEPTED_BETWEEN);
    isOver = true;
    await load;
    const stored = new Set((await gateway.rows('stripe_event')).map((row) => String(row['event_id'])));
    expect([...accepted].filter((id) => !stored.has(id))).toEqual([]);
    const told = (await gateway.announced()).map((one) => String(one['eventId']));
    expect(new Set(told)).toEqual(stored);
    expect(told).toHaveLength(stored.size);
    expect([...refusals]).toEqual([503]);
  }, 120_000);
});
