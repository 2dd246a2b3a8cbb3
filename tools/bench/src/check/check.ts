import { randomBytes } from 'node:crypto';
import { entitlements } from '@turnpike/entitlements';
import { busPlan } from '@turnpike/messaging';
import { Child } from '../child.js';
import { Cluster, until } from '../cluster.js';
import { CORES, describeMachine } from '../machine.js';
import { installPeers } from '../peers.js';
import type { Measured, Report } from '../report.js';
import { type Effort, inTurns } from '../rounds.js';
import { API_KEY, customerId, featureKey } from './access-facts.js';
import { Asking, P99_MS } from './asking.js';
import { fillWithCustomers } from './customers.js';
import type { Told, UpdatesSettings } from './updates.js';

const OURS = 'check';
const GUARDED = 'empty GET behind the same guard';
const THROUGH_NEST = 'empty GET through Nest and its guard';
const BARE = 'empty GET of a bare Nest app';
const CEILING = 'the load alone';
const UPDATES_SHARE = 0.01;
const CAUGHT_UP_MS = 20_000;
const STIGG = 1_200;

/** P5: how many checks a second one replica answers over HTTP while customers change. */
export async function check(effort: Effort, tell: (line: string) => void): Promise<Report> {
  installPeers(tell);
  const customers = effort.isShort ? 20_000 : 100_000;
  const cluster = await Cluster.start();
  const machine = describeMachine({ PostgreSQL: cluster.version });
  const children: Child[] = [];
  const start = (program: string, core: number, settings: object) => {
    const child = Child.start(new URL(program, import.meta.url), core, settings);
    children.push(child);
    return child;
  };
  try {
    const environment = await environmentOn(cluster);
    tell(`Making ${customers} customers …`);
    await fillWithCustomers(cluster, 'check_entitlements', customers);
    await cluster.analyze();

    const load = start('./load.ts', CORES.load, {});
    const given: UpdatesSettings = { environment, customers, perSecond: customers * UPDATES_SHARE };
    // First, so that its relay leads and not the measured replica's.
    const updates = start('./updates.ts', CORES.load, given);
    await updates.ask('start');
    const ours = start('./ours.ts', CORES.measured, environment);
    const began = Date.now();
    const url = await ours.ask<string>('start');
    tell(`The replica is loaded and answers after ${((Date.now() - began) / 1000).toFixed(1)} s`);
    const bare = start('./bare.ts', CORES.measured, {});
    const [bareUrl, blindUrl] = [await bare.ask<string>('start'), await bare.ask<string>('answerBlindly')];
    await updates.ask('goOn');

    const ofOurs = { cluster, load, pid: ours.pid };
    const ofBare = { cluster, load, pid: bare.pid };
    const contenders = [
      new Asking(OURS, url, customers, ofOurs, () => caughtUp(url, updates)),
      new Asking(GUARDED, url, '/v1/nothing/plain', ofOurs),
      new Asking(THROUGH_NEST, url, '/v1/nothing', ofOurs),
      new Asking(BARE, bareUrl, '/v1/nothing', ofBare),
      new Asking(CEILING, blindUrl, '/v1/nothing', ofBare),
    ];
    const measured = await inTurns(contenders, effort, async () => undefined, tell);
    const found = (name: string): Measured => {
      const one = measured.get(name);
      if (!one) throw new Error(`${name} was not measured.`);
      return one;
    };
    const stigg: Measured = { figure: { median: STIGG, least: STIGG, most: STIGG }, cpuMs: null, p50: null, p99: null };
    return {
      bench: 'check',
      unit: 'checks/s',
      machine,
      cases: [
        { case: 'check', ours: found(OURS), theirs: found(BARE), limit: found(GUARDED) },
        { case: 'check beside a route of Nest', ours: found(OURS), theirs: found(THROUGH_NEST), limit: null },
        { case: 'check beside a claim', ours: found(OURS), theirs: stigg, limit: null },
      ],
      notes: [
        `${customers} customers with 50 features each, asked for as Zipf says; ${given.perSecond} customers a second move to another plan meanwhile`,
        'theirs: an empty GET of a bare Nest app on Fastify; limit: an empty GET of the same app behind the same guard, a plain route as the check is; then the same through Nest, as most routes are',
        `as many connections as leave the p99 under ${P99_MS} ms, each asking as fast as it is answered: ${contenders.map(({ name, connections }) => `${name} ${connections}`).join(', ')}`,
        `the load by itself, against a server that does not read what it is asked: ${found(CEILING).figure.median.toFixed(0)}/s`,
        `the claim is Stigg's of its Sidecar: ${STIGG} requests/s at a p95 under 10 ms, on one core; it was not run here`,
        `the replica has ${(await ours.ask<number>('megabytes')).toFixed(0)} MB`,
      ],
    };
  } finally {
    for (const child of children) await child.stop();
    await cluster.stop();
  }
}

async function environmentOn(cluster: Cluster): Promise<Record<string, string>> {
  const bus = await cluster.provision(busPlan, 'check');
  const database = await cluster.provision(entitlements.plan, 'check');
  return {
    DATABASE_URL: database.url,
    INFRASTRUCTURE_DATABASE_URL: database.infrastructureUrl,
    BUS_DATABASE_URL: bus.infrastructureUrl,
    SERVICE_TOKEN: randomBytes(24).toString('base64url'),
    LOG_LEVEL: 'warn',
  };
}

/** What was told last is answered soon, or memory does not follow. */
async function caughtUp(url: string, updates: Child): Promise<void> {
  for (const { at, version } of (await updates.ask<Told[]>('lastTold')).slice(0, 5)) {
    const path = `/v1/entitlements/${customerId(at)}/${featureKey(0)}`;
    await until(
      `${path} has version ${version}`,
      async () => {
        const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${API_KEY}` } });
        const { version: answered }: { version: { n: number } } = JSON.parse(await response.text());
        return answered.n >= version;
      },
      { everyMs: 20, withinMs: CAUGHT_UP_MS },
    );
  }
}
