import { Child } from '../child.js';
import { type Cluster, until } from '../cluster.js';
import type { KafkaBroker } from '../kafka-broker.js';
import { CORES } from '../machine.js';
import type { Run } from '../rounds.js';
import type { GraphileSettings } from './graphile.js';
import type { OursSettings } from './ours.js';
import { TransferPosted } from './transfer-posted.js';

const PATIENCE = { everyMs: 10, withinMs: 120_000 };
/** The share of each run that a fresh process is given to get warm, not counted. */
const WARM_UP = 0.2;

/** Who empties a backlog that stands there already, a slice at a time. */
export interface Draining {
  readonly name: string;
  /** A new process takes the next `items`; those of its first fifth are not counted. */
  run(items: number): Promise<Run>;
}

export function oursDraining(cluster: Cluster, broker: KafkaBroker, settings: OursSettings, database: string): Draining {
  const booked = () => cluster.number(database, `select coalesce(sum(number), 0) as n from relay_partition where service = 'bench'`);
  return {
    name: 'ours',
    async run(items) {
      const sentBefore = await broker.messagesIn(TransferPosted.name);
      const bookedBefore = await booked();
      const child = Child.start(new URL('./ours.ts', import.meta.url), CORES.measured, settings);
      try {
        await child.ask('start');
        await child.ask('relay');
        return await measured(cluster, child, items, async () => (await booked()) - bookedBefore);
      } finally {
        await child.stop();
        const sent = (await broker.messagesIn(TransferPosted.name)) - sentBefore;
        const told = (await booked()) - bookedBefore;
        if (sent !== told) throw new Error(`The relay booked ${told} messages, and the broker has ${sent} more.`);
      }
    },
  };
}

export function graphileDraining(cluster: Cluster, settings: GraphileSettings, database: string): Draining {
  const jobs = () => cluster.number(database, 'select count(*) as n from graphile_worker._private_jobs');
  return {
    name: 'graphile-worker',
    async run(items) {
      const before = await jobs();
      const child = Child.start(new URL('./graphile.ts', import.meta.url), CORES.measured, settings);
      let done = 0;
      try {
        await child.ask('start');
        return await measured(cluster, child, items, async () => (done = await child.ask<number>('done')));
      } finally {
        await child.stop();
        const gone = before - (await jobs());
        if (gone < done) throw new Error(`graphile-worker did ${done} jobs, and ${gone} are gone.`);
      }
    },
  };
}

/** kafkajs alone: messages that are made already, as fast as the broker takes them. */
export function producing(cluster: Cluster, broker: KafkaBroker, child: Child): Draining {
  return {
    name: 'produce alone',
    async run(items) {
      const before = await broker.messagesIn(TransferPosted.name);
      const cpuBefore = cluster.cpuMsWith(child.pid);
      const { ms } = await child.ask<{ ms: number }>('produce', items);
      const cpuMs = cluster.cpuMsWith(child.pid) - cpuBefore;
      const made = (await broker.messagesIn(TransferPosted.name)) - before;
      if (made !== items) throw new Error(`${items} messages were produced, and the broker has ${made} more.`);
      return { items, ms, cpuMs, p50: null, p99: null };
    },
  };
}

async function measured(cluster: Cluster, child: Child, items: number, done: () => Promise<number>): Promise<Run> {
  const reached = async (count: number) => {
    let now = 0;
    await until(`${count} are done`, async () => (now = await done()) >= count, PATIENCE);
    return { done: now, at: performance.now(), cpuMs: cluster.cpuMsWith(child.pid) };
  };
  const begin = await reached(Math.ceil(items * WARM_UP));
  const end = await reached(items);
  return { items: end.done - begin.done, ms: end.at - begin.at, cpuMs: end.cpuMs - begin.cpuMs, p50: null, p99: null };
}
