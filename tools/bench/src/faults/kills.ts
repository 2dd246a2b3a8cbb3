import { randomInt } from 'node:crypto';
import { CustomerChanged } from '@turnpike/contracts-events';
import { until } from '@turnpike/testing';
import { percentileOf } from '../statistics.js';
import { atMost, type Fault, pause, told } from './fault.js';
import type { ServiceProcess } from './fleet.js';
import { backAfter, Pace } from './pace.js';
import { Stage } from './stage.js';
import { stockKills } from './stock/stock-kills.js';
import { tallyOf } from './tally.js';

const MOST_MS_TO_WATCH = 20_000;

/**
 * R2: SIGKILL for services under load, one to three at a time, any of them: gateways, whoever leads a relay, readers. Every service runs
 * twice, and is started again a quarter of a second after its end.
 */
export const kills: Fault = async ({ isShort, tell }) => {
  const [wished, perSecond] = isShort ? [12, 60] : [300, 300];
  const stage = await Stage.open();
  try {
    for (const name of ['gateway', 'customers', 'entitlements', 'books'] as const) await stage.start(name, 2);
    const pace = new Pace(() => stage.effects('books', CustomerChanged.name));
    const load = stage.load('K');
    load.start(perSecond);
    await pause(isShort ? 3_000 : 15_000);
    await until('the readers have caught up', async () => (pace.samples.at(-1)?.done ?? 0) >= load.accepted.size - perSecond, 120_000);
    await pause(4_500);
    const [first, last] = [pace.since(Date.now() - 4_000)[0], pace.samples.at(-1)];
    const base = first && last ? ((last.done - first.done) * 1000) / (last.at - first.at) : 0;
    tell(`${base.toFixed(0)} events/s take effect before the first kill`);
    if (base < perSecond / 2)
      throw new Error(`This machine does not carry ${perSecond} events/s: ${base.toFixed(0)} a second took effect before the first kill.`);

    const back: Array<number | null> = [];
    let [killed, leaders] = [0, 0];
    while (killed < wished) {
      const victims = await chosen(stage, Math.min(1 + randomInt(3), wished - killed));
      leaders += victims.filter(({ isLeader }) => isLeader).length;
      const at = Date.now();
      for (const { victim } of victims) victim.kill();
      killed += victims.length;
      back.push(await watched(pace, at, Math.min(base, perSecond)));
      await untilAllUp(stage);
      if (killed % 20 < victims.length) tell(`${killed} kills, the last was made good after ${back.at(-1) ?? 'more than 20 000'} ms`);
    }
    await load.finish(120_000);
    const tally = await tallyOf(stage, [load]);
    if (tally.lost + tally.doubled > 0) tell(`what is wrong, and where: ${JSON.stringify(tally.where)}`);
    await pace.stop();
    const theirs = await stockKills({ isShort, tell, perSecond });
    const times = back.map((ms) => ms ?? MOST_MS_TO_WATCH);
    return {
      cases: [
        told('kills', 'kills', killed, theirs.kills),
        told('events accepted', 'events', tally.accepted, theirs.accepted),
        atMost(0, 'accepted and not durable', 'events', tally.notDurable),
        atMost(0, 'lost', 'events', tally.lost, theirs.lost),
        atMost(0, 'doubled', 'effects', tally.doubled, theirs.doubled),
        told('back at 95 % of the rate, median', 'ms', percentileOf(times, 0.5)),
        atMost(3_000, 'back at 95 % of the rate, p95', 'ms', percentileOf(times, 0.95)),
        told('back at 95 % of the rate, worst', 'ms', Math.max(...times)),
      ],
      notes: [
        `${perSecond} events/s offered, ${base.toFixed(0)} took effect before the first kill; ${leaders} of the killed led their service's relay; ` +
          `session timeout 2 s; two of each of gateway, customers, entitlements, and of a reader that counts each effect; ${back.filter((ms) => ms === null).length} times the rate was not back within 20 s`,
        `theirs: an HTTP route that stores the event, commits and emits it by Nest's own Kafka client, read by Nest's own Kafka transport, one transaction per message; ` +
          `the sender repeats to both until it gets 2xx; two processes of each; ${theirs.kills} kills`,
      ],
    };
  } finally {
    await stage.close();
  }
};

/** A leader of a relay as often as anybody: it is where the numbers are drawn. */
async function chosen(stage: Stage, count: number): Promise<Array<{ victim: ServiceProcess; isLeader: boolean }>> {
  const all = stage.processes.filter(({ url }) => url !== null);
  const leaders = (await Promise.all(all.map(async (one) => ((await leads(one)) ? [one] : [])))).flat();
  const victims: Array<{ victim: ServiceProcess; isLeader: boolean }> = [];
  while (victims.length < count) {
    const from = randomInt(3) === 0 && leaders.length > 0 ? leaders : all;
    const victim = from[randomInt(from.length)];
    // Both replicas of one service at once would only measure how fast Node starts.
    if (!victim || victims.some((one) => one.victim.name === victim.name)) continue;
    victims.push({ victim, isLeader: leaders.includes(victim) });
  }
  return victims;
}

async function leads({ url }: ServiceProcess): Promise<boolean> {
  if (url === null) return false;
  const metrics = await fetch(new URL('/metrics', url), { signal: AbortSignal.timeout(2_000) }).then(
    (response) => response.text(),
    () => '',
  );
  return /^turnpike_relay_leading(\{[^}]*\})? 1$/m.test(metrics);
}

async function watched(pace: Pace, at: number, perSecond: number): Promise<number | null> {
  for (const end = at + MOST_MS_TO_WATCH; Date.now() < end; await pause(100)) {
    const back = backAfter(pace.since(at), at, perSecond);
    if (back !== null) return back;
  }
  return null;
}

async function untilAllUp(stage: Stage): Promise<void> {
  for (const end = Date.now() + 120_000; Date.now() < end; await pause(50)) if (stage.processes.every(({ url }) => url !== null)) return;
  const down = stage.processes.filter(({ url }) => url === null).map((one) => `${one.name} (${one.ends.slice(-3).join(', ')})`);
  throw new Error(`Killed services did not come back within 120 s: ${down.join(', ')}.`);
}
