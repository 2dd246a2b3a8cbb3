import { partitionOf, PARTITIONS } from '@turnpike/contracts-events';
import { Counted, until, type CountingWorld } from '@turnpike/testing';
import { spreadOf } from '../statistics.js';
import { CountingStage } from './counting-stage.js';
import { atLeast, atMost, type Fault, pause, told } from './fault.js';
import { stockPoison } from './stock/stock-poison.js';

const COUNTERS = 997;

/** R5: a message in each partition that no handler can take. Its neighbours go on at their rate; it is buried once, and comes back. */
export const poison: Fault = async (effort) => {
  const { isShort, tell } = effort;
  const [backlog, rounds] = isShort ? [6_000, 1] : [36_000, 3];
  const stage = await CountingStage.open();
  try {
    const [clean, poisoned]: [number[], number[]] = [[], []];
    let found: Found | null = null;
    for (let round = 1; round <= rounds; round++) {
      clean.push((await drained(await stage.newWorld(), backlog, new Set())).perSecond);
      const { perSecond, letters, comesBack } = await drained(await stage.newWorld(), backlog, onePerPartition(backlog));
      poisoned.push(perSecond);
      tell(`round ${round}: ${clean.at(-1)?.toFixed(0)}/s without poison, ${perSecond.toFixed(0)}/s beside ${letters.length} poison keys`);
      if (round === rounds) found = await comesBack();
    }
    const theirs = await stockPoison(effort);
    const causes = found?.letters.filter(({ cause, attempts }) => cause.startsWith('Poison in ') && attempts === 3).length ?? 0;
    return {
      cases: [
        atLeast(0.95, 'healthy throughput beside poison against without', 'share', spreadOf(poisoned).median / spreadOf(clean).median),
        atLeast(1, 'healthy messages behind poison in its partition that took effect', 'share', found?.healthy ?? null, theirs),
        atMost(
          0,
          'poison not buried exactly once with its cause',
          'messages',
          PARTITIONS - causes + ((found?.letters.length ?? 0) - causes),
        ),
        atLeast(PARTITIONS, 'brought back by replay once mended', 'messages', found?.replayed ?? null),
        atMost(0, 'lost or doubled after the replay', 'effects', found?.wrong ?? null),
        told('healthy throughput without poison', 'messages/s', spreadOf(clean).median),
      ],
      notes: [
        `${backlog} messages on the log before their reader starts, ${rounds} rounds in turns, medians; a poison key in each of ${PARTITIONS} partitions fails at each of three tries`,
        'theirs: the same by Nest’s own Kafka transport, 30 s: of what stands behind the poison in its partition',
      ],
    };
  } finally {
    await stage.close();
  }
};

interface Letter {
  readonly cause: string;
  readonly attempts: number;
}

interface Found {
  readonly letters: readonly Letter[];
  readonly healthy: number;
  readonly replayed: number;
  readonly wrong: number;
}

/** By index: the first message past the middle of the backlog in each partition. */
function onePerPartition(backlog: number): Set<number> {
  const chosen = new Map<number, number>();
  for (let index = Math.floor(backlog / 2); chosen.size < PARTITIONS && index < backlog; index++) {
    const partition = partitionOf(`${index % 2 === 0 ? 'acme' : 'globex'}/test/counter-${index % COUNTERS}`);
    if (!chosen.has(partition)) chosen.set(partition, index);
  }
  return new Set(chosen.values());
}

async function drained(world: CountingWorld, backlog: number, poisonAt: ReadonlySet<number>) {
  await world.fillOutbox(backlog, COUNTERS, poisonAt);
  await world.start('writer', { logLevel: 'silent' });
  await until('all is on the log', async () => (await world.backlog()) === 0, 120_000);
  const ends = await world.logEnds(Counted.name);
  const reader = await world.start('reader', { logLevel: 'silent' });
  const inside = world.databases.inside('reader');
  await until('the reader reads', async () => (await world.handled(reader)) > 0);
  const begun = performance.now();
  const before = await world.handled(reader);
  await until('all is read', () => world.isReadTo(ends), 300_000);
  const perSecond = ((backlog - before) * 1000) / (performance.now() - begun);
  const { rows: letters } = await inside.query<Letter>('select cause, attempts from dead_letter');
  const comesBack = async (): Promise<Found> => {
    const effects = async () => {
      const { rows } = await inside.query<{ n: string; doubled: string }>(
        'select count(*) as n, count(*) filter (where times > 1) as doubled from effect',
      );
      return { n: Number(rows[0]?.n), doubled: Number(rows[0]?.doubled) };
    };
    const healthy = (await effects()).n / (backlog - poisonAt.size);
    await reader.ask({ ask: 'heal' });
    await pause(100);
    const { replayed } = await reader.ask<{ replayed: number }>({ ask: 'replay' });
    const after = await effects();
    return { letters, healthy, replayed, wrong: backlog - after.n + after.doubled };
  };
  return { perSecond, letters, comesBack };
}
