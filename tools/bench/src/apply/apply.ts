import { Cluster } from '../cluster.js';
import { ENGINES } from '../engines.js';
import { describeMachine } from '../machine.js';
import { installPeers } from '../peers.js';
import type { Case, Measured, Report } from '../report.js';
import { type Effort, inTurns } from '../rounds.js';
import { Applying, limit, ours, type System, theirs } from './contenders.js';

const OURS = 'ours';
const LIMIT = 'one jsonb upsert';

/** P2: how many events a second one core applies: their rows, what is remembered of them, and what is announced of them. */
export async function apply(effort: Effort, tell: (line: string) => void): Promise<Report> {
  installPeers(tell);
  const cluster = await Cluster.start();
  const machine = describeMachine({ PostgreSQL: cluster.version });
  const systems: System[] = [];
  try {
    systems.push(await ours(cluster, OURS));
    for (const [name, engine] of Object.entries(ENGINES)) systems.push(await theirs(cluster, name, engine));
    systems.push(await limit(cluster, LIMIT));
    const before = new Map<string, Applying>();
    const cases: Case[] = [];
    const notes: string[] = [];
    for (const kind of ['customer', 'subscription'] as const) {
      tell(`${kind} events:`);
      const contenders = systems.map((system) => new Applying(system, kind, cluster, before.get(system.name) ?? null));
      for (const one of contenders) before.set(one.name, one);
      const measured = await inTurns(contenders, effort, () => cluster.analyze(), tell);
      const found = (name: string): Measured => {
        const one = measured.get(name);
        if (!one) throw new Error(`${name} was not measured.`);
        return one;
      };
      const [faster] = Object.keys(ENGINES).sort((left, right) => found(right).figure.median - found(left).figure.median);
      cases.push({ case: `apply ${kind}`, ours: found(OURS), theirs: found(faster ?? ''), limit: found(LIMIT) });
      notes.push(`theirs, ${kind}: ${faster}, the faster of the two`);
    }
    return {
      bench: 'apply',
      unit: 'events/s',
      machine,
      cases,
      notes: [
        ...notes,
        'ours: from the bus to the rows, what is remembered of the object, and the announcement, in one transaction of up to 100 events; half of each run warms the process up',
        'theirs: processWebhook, called with 64 events at a time; limit: the same objects, a hundred in one jsonb parameter, one UPSERT and its commit',
      ],
    };
  } finally {
    for (const system of systems) await system.stop();
    await cluster.stop();
  }
}
