import { CustomerChanged } from '@turnpike/contracts-events';
import { percentileOf } from '../statistics.js';
import { firstAnswers } from './deliveries.js';
import { atLeast, atMost, type Fault, type FaultEffort, pause, told } from './fault.js';
import { Stage } from './stage.js';
import { StockStage } from './stock/stock-stage.js';
import { tallyOf } from './tally.js';

/** What may still be under way when a backlog is called drained. */
const UNDER_WAY_SECONDS = 2;

interface Span {
  readonly from: number;
  readonly to: number;
}

/** R3, first half: the broker is killed and started again many times, and then is away for a minute. Nobody at the door may notice. */
export const brokerAway: Fault = async (effort) => {
  const { isShort, tell } = effort;
  const [times, baseMs, outageMs, perSecond] = isShort ? [2, 6_000, 10_000, 40] : [20, 20_000, 60_000, 100];
  const stage = await Stage.open();
  try {
    await stage.start('gateway');
    await stage.start('customers', 2);
    await stage.start('books');
    const load = stage.load('B');
    const effects = () => stage.effects('books', CustomerChanged.name);
    load.start(perSecond);
    const mostUnderWay = perSecond * UNDER_WAY_SECONDS;
    await caughtUp(effects, () => load.accepted.size - mostUnderWay);
    const base: Span = { from: Date.now(), to: Date.now() + baseMs };
    await pause(baseMs);

    const away: Span[] = [];
    for (let kill = 1; kill <= times; kill++) {
      const from = Date.now();
      await stage.kafka.kill();
      await pause(500);
      await stage.kafka.start();
      away.push({ from, to: Date.now() });
      await caughtUp(effects, () => load.accepted.size - mostUnderWay);
      tell(`kill ${kill} of ${times}: away for ${Date.now() - from} ms`);
    }
    const from = Date.now();
    await stage.kafka.kill();
    await pause(outageMs);
    const to = Date.now();
    await stage.kafka.start();
    const backAt = Date.now();
    const [backlog, behind] = [await effects(), load.accepted.size];
    await caughtUp(effects, () => load.accepted.size - mostUnderWay);
    const drained = { messages: (await effects()) - backlog, seconds: (Date.now() - backAt) / 1000 };
    tell(`${behind - backlog} events waited; drained in ${drained.seconds.toFixed(1)} s`);
    await load.finish();
    const tally = await tallyOf(stage, [load]);
    if (tally.lost + tally.doubled > 0) tell(`what is wrong, and where: ${JSON.stringify(tally.where)}`);
    const theirs = await produceInRequest(effort);

    const down = [...away, { from, to }].map((span) => firstAnswers(load.attempts, span.from, span.to));
    const asked = down.reduce((sum, { count }) => sum + count, 0);
    const answered = down.reduce((sum, { share, count }) => sum + (count === 0 ? 0 : share * count), 0);
    const baseP99 = percentileOf(firstAnswers(load.attempts, base.from, base.to).ms, 0.99);
    const downP99 = percentileOf(
      down.flatMap(({ ms }) => ms),
      0.99,
    );
    return {
      cases: [
        told('broker kills', 'kills', times + 1),
        atLeast(1, 'answered 2xx without the broker', 'share', answered / asked, theirs),
        told('p99 with the broker', 'ms', baseP99),
        told('p99 without the broker', 'ms', downP99),
        atMost(1.5, 'p99 without the broker against with it', 'times', downP99 / baseP99),
        atLeast(5, 'drained against arriving', 'times', drained.messages / drained.seconds / perSecond),
        atMost(0, 'broker away: accepted and not durable', 'events', tally.notDurable),
        atMost(0, 'broker away: lost', 'events', tally.lost),
        atMost(0, 'broker away: doubled', 'effects', tally.doubled),
      ],
      notes: [
        `${perSecond} events/s; ${asked} deliveries while the broker was away (${times} kills, each until it could be joined again, and ${outageMs / 1000} s); ` +
          `drained: from the moment when the broker could be joined again until as many customers had taken effect as events were accepted, ${perSecond}/s arriving meanwhile, ${UNDER_WAY_SECONDS} s of them under way`,
        'theirs: a route that answers once it has produced, during 10 s without its broker',
      ],
    };
  } finally {
    await stage.close();
  }
};

async function caughtUp(effects: () => Promise<number>, wanted: () => number): Promise<void> {
  for (const end = Date.now() + 180_000; Date.now() < end; await pause(50)) if ((await effects()) >= wanted()) return;
  throw new Error('What had waited for the broker was not read within 180 s.');
}

/** @returns the share of deliveries that were answered with 2xx */
async function produceInRequest({ tell }: FaultEffort): Promise<number> {
  const stage = await StockStage.open();
  try {
    await stage.start('gateway', 1, 'in-request');
    const load = stage.load('P');
    load.start(50);
    await pause(2_000);
    await stage.kafka.kill();
    const from = Date.now();
    await pause(10_000);
    const to = Date.now();
    await load.finish(0).catch(() => undefined); // those without an answer are what is counted
    const { share } = firstAnswers(load.attempts, from, to);
    tell(`produced in the request: ${(share * 100).toFixed(0)} % answered with 2xx without the broker`);
    return share;
  } finally {
    await stage.close();
  }
}
