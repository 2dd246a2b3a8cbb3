import { CustomerChanged } from '@turnpike/contracts-events';
import { percentileOf } from '../statistics.js';
import type { Deliveries } from './deliveries.js';
import { atMost, type Fault, pause, told } from './fault.js';
import { Pace } from './pace.js';
import { Stage } from './stage.js';
import { tallyOf } from './tally.js';

const EVENTS_PER_SECOND = 100;
const MOST_MS_TO_WATCH = 15_000;

/** R4: `pg_ctl stop -m immediate` under load, many times. Nothing that was answered with 2xx may be missing. */
export const crashes: Fault = async ({ isShort, tell }) => {
  const times = isShort ? 4 : 30;
  const stage = await Stage.open();
  try {
    for (const name of ['gateway', 'customers', 'books'] as const) await stage.start(name);
    const load = stage.load('C');
    const pace = new Pace(() => stage.effects('books', CustomerChanged.name), 50);
    load.start(EVENTS_PER_SECOND);
    await pause(3_000);
    const [accepting, flowing]: [number[], number[]] = [[], []];
    for (let crash = 1; crash <= times; crash++) {
      await stage.postgres.crash();
      await pause(300);
      await stage.postgres.comeBack();
      const resumed = await resumedAfter(Date.now(), load, pace);
      accepting.push(resumed.acceptingMs);
      flowing.push(resumed.flowingMs);
      if (crash % 5 === 0 || isShort)
        tell(`crash ${crash} of ${times}: accepts after ${resumed.acceptingMs} ms, flows after ${resumed.flowingMs} ms`);
      await pause(1_000);
    }
    await load.finish();
    await pace.stop();
    const tally = await tallyOf(stage, [load]);
    if (tally.lost + tally.doubled > 0) tell(`what is wrong, and where: ${JSON.stringify(tally.where)}`);
    const refused = load.attempts.filter(({ status }) => status < 200 || status >= 300);
    return {
      cases: [
        told('crashes of PostgreSQL', 'crashes', times),
        told('events accepted', 'events', tally.accepted),
        told('attempts answered with 503', 'attempts', refused.filter(({ status }) => status === 503).length),
        told('attempts answered otherwise, or not', 'attempts', refused.filter(({ status }) => status !== 503).length),
        atMost(0, 'accepted and not durable', 'events', tally.notDurable),
        atMost(0, 'lost', 'events', tally.lost),
        atMost(0, 'doubled', 'effects', tally.doubled),
        told('accepts again after PostgreSQL is back, median', 'ms', percentileOf(accepting, 0.5)),
        atMost(2_000, 'accepts again after PostgreSQL is back, worst', 'ms', Math.max(...accepting)),
        told('effects flow again after PostgreSQL is back, median', 'ms', percentileOf(flowing, 0.5)),
        atMost(2_000, 'effects flow again after PostgreSQL is back, worst', 'ms', Math.max(...flowing)),
      ],
      notes: [
        `${EVENTS_PER_SECOND} events/s; back: from the moment when PostgreSQL answers a query again; an immediate stop keeps what the system has cached, as a crash of PostgreSQL does and a power cut does not`,
      ],
    };
  } finally {
    await stage.close();
  }
};

/** @returns milliseconds until a delivery is accepted, and until a customer has gone all the way */
export async function resumedAfter(at: number, load: Deliveries, pace: Pace): Promise<{ acceptingMs: number; flowingMs: number }> {
  const attemptsBefore = load.attempts.length;
  const doneBefore = pace.samples.at(-1)?.done ?? 0;
  let acceptingMs: number | null = null;
  let flowingMs: number | null = null;
  for (const end = at + MOST_MS_TO_WATCH; Date.now() < end && (acceptingMs === null || flowingMs === null); await pause(10)) {
    const accepted = load.attempts.slice(attemptsBefore).find(({ status }) => status >= 200 && status < 300);
    if (accepted) acceptingMs ??= Math.max(0, Math.round(accepted.at + accepted.ms - at));
    const moved = pace.samples.find((sample) => sample.at >= at && sample.done > doneBefore);
    if (moved) flowingMs ??= moved.at - at;
  }
  return { acceptingMs: acceptingMs ?? MOST_MS_TO_WATCH, flowingMs: flowingMs ?? MOST_MS_TO_WATCH };
}
