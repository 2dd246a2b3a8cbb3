import { type CountingNode, type CountingWorld, until } from '@turnpike/testing';
import { percentileOf } from '../statistics.js';
import { CountingStage } from './counting-stage.js';
import { atMost, type Fault, pause, told } from './fault.js';

const SESSION_TIMEOUT_MS = 3_000;
const TRANSACTIONS_PER_SECOND = 80;
/** One message in so many takes two seconds, one in so many is poison. */
const SLOW_EVERY = TRANSACTIONS_PER_SECOND * 2;
const POISON_EVERY = TRANSACTIONS_PER_SECOND * 2;
const SLOW_MS = 2_000;

/** R5: readers come and go under load, half of them by SIGKILL, some handlers are slow, some messages are poison. Nobody waits for long. */
export const rebalances: Fault = async ({ isShort, tell }) => {
  const cycles = isShort ? 6 : 50;
  const stage = await CountingStage.open();
  try {
    const world = await stage.newWorld();
    const start = () => world.start('reader', { sessionTimeoutMs: SESSION_TIMEOUT_MS, logLevel: 'silent' });
    const readers: CountingNode[] = [await start(), await start()];
    const writer = await world.start('writer', { logLevel: 'silent' });
    const load = (transactions: number) =>
      writer.ask({
        ask: 'write',
        topic: 'state',
        organizations: ['acme', 'globex'],
        counters: 500,
        transactions,
        perTransaction: 1,
        ratePerSecond: TRANSACTIONS_PER_SECOND,
        poisonEvery: POISON_EVERY,
        poison: 'domain',
        slowEvery: SLOW_EVERY,
        slowMs: SLOW_MS,
      });
    await load(TRANSACTIONS_PER_SECOND * 2);
    await settled(world);
    // The first join of an empty group is not the question.
    await world.databases.inside('reader').query('update effect set latency_ms = 0');

    let isOver = false;
    const writing = (async () => {
      while (!isOver) await load(TRANSACTIONS_PER_SECOND * 2);
    })();
    for (let cycle = 1; cycle <= cycles; cycle++) {
      readers.push(await start());
      await pause(1_000);
      const leaver = readers.shift();
      if (cycle % 2 === 0) await leaver?.kill();
      else await leaver?.stop();
      await pause(cycle % 2 === 0 ? SESSION_TIMEOUT_MS + 300 : 800);
      if (cycle % 10 === 0) tell(`${cycle} of ${cycles} joins and leaves`);
    }
    isOver = true;
    await writing;
    const poisoned = await settled(world);
    const inside = world.databases.inside('reader');
    const { rows } = await inside.query<{ ms: string }>('select latency_ms as ms from effect where latency_ms > 0');
    const latencies = rows.map(({ ms }) => Number(ms));
    const { rows: letters } = await inside.query<{ n: string; once: string }>(
      `select count(*) as n, count(distinct (organization, message_id)) filter (where code = 'refused_by_test' and attempts = 1) as once from dead_letter`,
    );
    await Promise.all(readers.map((reader) => reader.ask({ ask: 'heal' })));
    const { replayed } = (await readers[0]?.ask<{ replayed: number }>({ ask: 'replay' })) ?? { replayed: 0 };
    const account = await world.account();
    tell(`${account.announced} messages, ${poisoned} of them poison, ${replayed} brought back`);
    return {
      cases: [
        told('joins and leaves', 'cycles', cycles),
        told('messages meanwhile', 'messages', account.announced),
        atMost(SESSION_TIMEOUT_MS + 1_000, 'p99 from announced to effect', 'ms', percentileOf(latencies, 0.99)),
        told('longest from announced to effect', 'ms', Math.max(...latencies)),
        atMost(
          0,
          'poison not buried exactly once with its cause',
          'messages',
          Math.abs(poisoned - Number(letters[0]?.once)) + Number(letters[0]?.n) - Number(letters[0]?.once),
        ),
        atMost(0, 'poison not brought back by replay', 'messages', poisoned - replayed),
        atMost(0, 'rebalances: lost', 'messages', account.lost),
        atMost(0, 'rebalances: doubled', 'effects', account.doubled),
      ],
      notes: [
        `${TRANSACTIONS_PER_SECOND} messages/s; session timeout ${SESSION_TIMEOUT_MS / 1000} s; each cycle one reader joins and the oldest leaves, every second one by SIGKILL; one message in ${SLOW_EVERY} takes ${SLOW_MS / 1000} s, one in ${POISON_EVERY} is poison`,
      ],
    };
  } finally {
    await stage.close();
  }
};

/** Until everything but the poison has taken effect. @returns how many were poison */
async function settled(world: CountingWorld): Promise<number> {
  let poisoned = 0;
  await until(
    'all but poison has taken effect',
    async () => {
      const { rows } = await world.databases
        .inside('writer')
        .query<{ n: string }>(`select count(*) as n from outbox where convert_from(body, 'utf8')::jsonb ? 'poison'`);
      poisoned = Number(rows[0]?.n ?? 0);
      return (await world.account()).lost <= poisoned;
    },
    180_000,
  );
  return poisoned;
}
