import { Child } from '../child.js';
import { Cluster } from '../cluster.js';
import { ENGINES } from '../engines.js';
import { CORES, describeMachine } from '../machine.js';
import type { Case, Measured, Report } from '../report.js';
import { type Effort, inTurns } from '../rounds.js';
import type { Kind } from './bodies.js';
import { Ingesting, limit, ours, type System, theirs } from './contenders.js';
import { installPeers } from '../peers.js';

const STORED = 'ours, stored';
const APPLIED = 'ours, stored and applied';
const LIMIT = 'bare insert';

/** P1: how many webhooks a second are durably accepted, and how many accepted and applied. */
export async function ingest(effort: Effort, tell: (line: string) => void): Promise<Report> {
  installPeers(tell);
  const cluster = await Cluster.start();
  const machine = describeMachine({ PostgreSQL: cluster.version });
  const load = Child.start(new URL('./load.ts', import.meta.url), CORES.load, {});
  const systems: System[] = [];
  try {
    systems.push(await ours(cluster, STORED, false));
    for (const [name, engine] of Object.entries(ENGINES)) systems.push(await theirs(cluster, name, engine));
    systems.push(await limit(cluster, LIMIT), await ours(cluster, APPLIED, true));

    const before = new Map<string, Ingesting>();
    const cases: Case[] = [];
    const peers = new Map<Kind, string>();
    for (const kind of ['customer', 'subscription'] as const) {
      tell(`${kind} events:`);
      const contenders = systems.map((system) => new Ingesting(system, kind, cluster, load, before.get(system.name) ?? null));
      for (const one of contenders) before.set(one.name, one);
      const measured = await inTurns(contenders, effort, () => cluster.analyze(), tell);
      const [peerName, peer] = fasterOf(measured);
      peers.set(kind, peerName);
      const found = (name: string): Measured => {
        const one = measured.get(name);
        if (!one) throw new Error(`${name} was not measured.`);
        return one;
      };
      cases.push({ case: `stored ${kind}`, ours: found(STORED), theirs: peer, limit: found(LIMIT) });
      cases.push({ case: `applied ${kind}`, ours: found(APPLIED), theirs: peer, limit: found(LIMIT) });
    }
    return { bench: 'ingest', unit: 'events/s', machine, cases: inOrder(cases), notes: notesOn(peers) };
  } finally {
    for (const { child } of systems) await child.stop();
    await load.stop();
    await cluster.stop();
  }
}

function fasterOf(measured: ReadonlyMap<string, Measured>): [name: string, measured: Measured] {
  const peers = [...measured].filter(([name]) => name in ENGINES).sort(([, left], [, right]) => right.figure.median - left.figure.median);
  const [faster] = peers;
  if (!faster) throw new Error('No peer was measured.');
  return faster;
}

function inOrder(cases: readonly Case[]): Case[] {
  return [...cases.filter((one) => one.case.startsWith('stored')), ...cases.filter((one) => one.case.startsWith('applied'))];
}

function notesOn(peers: ReadonlyMap<Kind, string>): string[] {
  return [
    ...[...peers].map(([kind, name]) => `theirs, ${kind}: ${name}, the faster of the two; its 2xx means applied`),
    'limit: the same route, the signature verified, one bare multi-row INSERT and its commit for each batch of at most 64',
    'p50 and p99 are of the answer; an applied event takes effect after it',
  ];
}
