import { CustomerChanged } from '@turnpike/contracts-events';
import { join } from 'node:path';
import { resumedAfter } from './crashes.js';
import { atMost, type Fault, pause, told } from './fault.js';
import type { OwnPostgres } from './own-postgres.js';
import { Pace } from './pace.js';
import { Stage } from './stage.js';
import { standbyOf } from './standby.js';
import { tallyOf } from './tally.js';

const EVENTS_PER_SECOND = 100;

/** R4: the primary is killed, its synchronous standby promoted, and services are led to it; then that one gets a standby, and so on. */
export const promotions: Fault = async ({ isShort, tell }) => {
  const times = isShort ? 1 : 5;
  const stage = await Stage.open({ throughProxies: true, settings: { wal_keep_size: '1GB' } });
  const replaced: OwnPostgres[] = [];
  try {
    const { lines } = stage;
    if (!lines) throw new Error('This stage was opened without proxies.');
    for (const name of ['gateway', 'customers', 'books'] as const) await stage.start(name);
    const load = stage.load('M');
    const pace = new Pace(() => stage.effects('books', CustomerChanged.name), 50);
    load.start(EVENTS_PER_SECOND);
    const [accepting, flowing]: [number[], number[]] = [[], []];
    for (let promotion = 1; promotion <= times; promotion++) {
      const primary = stage.postgres;
      const standby = await standbyOf(primary, join(stage.folder, `postgres-${promotion}`));
      await pause(2_000);
      await primary.crash();
      replaced.push(primary);
      await standby.promote();
      lines.postgres.leadTo(standby.adminUrl);
      stage.postgres = standby;
      const resumed = await resumedAfter(Date.now(), load, pace);
      accepting.push(resumed.acceptingMs);
      flowing.push(resumed.flowingMs);
      tell(`promotion ${promotion} of ${times}: accepts after ${resumed.acceptingMs} ms, flows after ${resumed.flowingMs} ms`);
      await pause(1_000);
    }
    await load.finish();
    await pace.stop();
    const tally = await tallyOf(stage, [load]);
    if (tally.lost + tally.doubled > 0) tell(`what is wrong, and where: ${JSON.stringify(tally.where)}`);
    return {
      cases: [
        told('promotions', 'promotions', times),
        atMost(0, 'promotions: accepted and not durable', 'events', tally.notDurable),
        atMost(0, 'promotions: lost', 'events', tally.lost),
        atMost(0, 'promotions: doubled', 'effects', tally.doubled),
        atMost(2_000, 'promotions: accepts again, worst', 'ms', Math.max(...accepting)),
        atMost(2_000, 'promotions: effects flow again, worst', 'ms', Math.max(...flowing)),
      ],
      notes: [
        `${EVENTS_PER_SECOND} events/s; synchronous_standby_names = *; a copy of the running primary's folder between pg_backup_start and pg_backup_stop is the standby, as the embedded programs have no pg_basebackup; ` +
          'counted from the moment when the promoted one takes writes and services are led to it',
      ],
    };
  } finally {
    await stage.close();
    for (const one of replaced) await one.remove();
  }
};
