import { randomBytes } from 'node:crypto';
import { TOPICS, writerOf } from '@turnpike/contracts-events';
import { kafkaVersion } from '@turnpike/local-kafka';
import { Child } from '../child.js';
import { Cluster, until } from '../cluster.js';
import { KafkaBroker } from '../kafka-broker.js';
import { CORES, describeMachine } from '../machine.js';
import type { Case, Measured, Report } from '../report.js';
import type { Effort } from '../rounds.js';
import { percentileOf, spreadOf } from '../statistics.js';
import { prepareOurs } from './environments.js';
import { Granted, Kept, Received } from './floor-topics.js';
import type { FloorSettings } from './floor.js';
import type { Doors, LoadSettings, Seen, Stretch } from './load.js';
import { SECONDS_BETWEEN_MOVES, stripeCustomer } from './moving-plans.js';

type Tell = (line: string) => void;

/** Whose topics the three services say and hear. */
const SPEAKERS = new Set(['organizations', 'connections', 'catalog', 'gateway', 'customers', 'entitlements']);
const PATIENCE = { everyMs: 100, withinMs: 120_000 };
const WARM_UP_SECONDS = 10;
/** What is asked for, and half of it: where the first is more than one core carries, the second says how long the way is without a queue. */
const RATES = [500, 250] as const;
const [FASTEST] = RATES;

/** One of the two that are compared. */
interface Moving {
  readonly name: string;
  readonly child: Child;
  readonly doors: Doors;
  readonly names: readonly string[];
  readonly runs: Array<{ perSecond: number; seen: Seen; cpuMsEach: number }>;
}

/** P3: how soon after a webhook was accepted the check API answers what it told, at a steady rate of events, over Kafka. */
export async function freshness(effort: Effort, tell: Tell): Promise<Report> {
  const secondsAt = (perSecond: number) => (effort.isShort ? 15 : perSecond === FASTEST ? 60 : 30);
  // Each moves as often as its moves can be told apart.
  const subscriptions = FASTEST * SECONDS_BETWEEN_MOVES;
  const cluster = await Cluster.start();
  tell('Starting Kafka …');
  const broker = await KafkaBroker.start([...TOPICS.filter(({ name }) => SPEAKERS.has(writerOf(name))), Received, Kept, Granted]);
  const secret = `whsec_${randomBytes(18).toString('hex')}`;
  const given: LoadSettings = { secret, subscriptions };
  const load = Child.start(new URL('./load.ts', import.meta.url), CORES.load, given);
  const children = [load];
  try {
    const machine = describeMachine({ PostgreSQL: cluster.version, Kafka: await kafkaVersion() });
    const start = async (program: string, settings: object) => {
      const child = Child.start(new URL(program, import.meta.url), CORES.measured, settings);
      children.push(child);
      return { child, doors: await child.ask<Doors>('start') };
    };
    tell(`Making ${subscriptions} subscriptions, twice …`);
    const floorSettings: FloorSettings = { brokers: broker.brokers, databaseUrl: await cluster.create('floor') };
    const floor = await start('./floor.ts', floorSettings);
    await load.ask('create', { doors: floor.doors, what: 'subscriptions' });
    const ours = await start('./ours.ts', await prepareOurs(cluster, broker.brokers, secret));
    const names = await createOurs(cluster, load, ours.doors, subscriptions);

    const both: Moving[] = [
      { name: 'ours', ...ours, names, runs: [] },
      { name: 'floor', ...floor, names: Array.from({ length: subscriptions }, (_, at) => stripeCustomer(at)), runs: [] },
    ];
    for (const one of both) await run(cluster, load, one, FASTEST, WARM_UP_SECONDS);
    await cluster.analyze();
    for (let round = 1; round <= effort.rounds; round++) {
      for (const [perSecond, one] of RATES.flatMap((rate) => both.map((each) => [rate, each] as const))) {
        await cluster.checkpoint();
        const measured = await run(cluster, load, one, perSecond, secondsAt(perSecond));
        one.runs.push(measured);
        const { waits, acceptedP99 } = measured.seen;
        tell(
          `  ${round}/${effort.rounds} ${one.name} at ${perSecond}/s: p50 ${percentileOf(waits, 0.5).toFixed(0)} ms, p99 ${percentileOf(waits, 0.99).toFixed(0)} ms, webhooks answered in p99 ${acceptedP99.toFixed(0)} ms`,
        );
      }
    }
    return {
      bench: 'freshness',
      unit: 'ms',
      machine,
      cases: casesOf(both),
      notes: [
        `${RATES.map((rate) => `${rate} events a second for ${secondsAt(rate)} s`).join(', ')} at a time, whatever becomes of them; one in 25 is waited for, asked after every 2 ms, and less often the longer it takes; at the end of each run all ${subscriptions} subscriptions are asked for`,
        'ours: gateway, customers and entitlements in one process over Kafka; theirs: the floor, a bare script with the same hops and commits',
        'claims, not measured here: LaunchDarkly 200 ms typically, Lago 2 s at p99',
        'CPU-ms are for each event, with the asking',
      ],
    };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new Error(`It did not become fresh: ${said}\nIn doubt: ${await doubts(cluster)}`, { cause: error });
  } finally {
    for (const child of children) await child.stop();
    await broker.stop();
    await cluster.stop();
  }
}

/** What the mirror wants to look up: nobody is there to be asked, so an event that was not believed is never seen. */
async function doubts(cluster: Cluster): Promise<string> {
  const { rows } = await cluster
    .inside('fresh_customers')
    .query<{ known: string }>(`select left(known::text, 1500) as known from mirrored_object where known ->> 'standing' = 'dirty' limit 2`)
    .catch(() => ({ rows: [] }));
  return rows.length === 0 ? 'nothing' : rows.map(({ known }) => known).join('\n');
}

/** @returns what the check API calls each customer: our id of it */
async function createOurs(cluster: Cluster, load: Child, doors: Doors, subscriptions: number): Promise<string[]> {
  for (const what of ['customers', 'subscriptions'] as const) {
    await load.ask('create', { doors, what });
    const table = what === 'customers' ? 'customer' : 'subscription';
    await until(
      `all ${what} are there`,
      async () => (await cluster.number('fresh_customers', `select count(*) as n from ${table}`)) >= subscriptions,
      PATIENCE,
    );
  }
  const { rows } = await cluster.inside('fresh_customers').query<{ id: string; stripe_id: string }>('select id, stripe_id from customer');
  const ids = new Map(rows.map((row) => [row.stripe_id, row.id]));
  await until(
    'everybody has access',
    async () => (await cluster.number('fresh_entitlements', `select count(*) as n from access where level = 'full'`)) >= subscriptions,
    PATIENCE,
  );
  return Array.from({ length: subscriptions }, (_, at) => ids.get(stripeCustomer(at)) ?? '');
}

async function run(
  cluster: Cluster,
  load: Child,
  { child, doors, names }: Moving,
  perSecond: number,
  seconds: number,
): Promise<Moving['runs'][number]> {
  const stretch: Stretch = { doors, names, perSecond, seconds };
  const cpuBefore = cluster.cpuMsWith(child.pid);
  const seen = await load.ask<Seen>('run', stretch);
  return { perSecond, seen, cpuMsEach: (cluster.cpuMsWith(child.pid) - cpuBefore) / seen.events };
}

function casesOf([ours, floor]: readonly Moving[]): Case[] {
  const measured = (moving: Moving | undefined, rate: number, share: number): Measured => {
    const runs = moving?.runs.filter(({ perSecond }) => perSecond === rate) ?? [];
    return {
      figure: spreadOf(runs.map(({ seen }) => percentileOf(seen.waits, share))),
      cpuMs: spreadOf(runs.map(({ cpuMsEach }) => cpuMsEach)),
      p50: null,
      p99: null,
    };
  };
  return RATES.flatMap((rate) =>
    Object.entries({ p50: 0.5, p99: 0.99 }).map(([name, share]) => ({
      case: `webhook to check at ${rate}/s, ${name}`,
      ours: measured(ours, rate, share),
      theirs: measured(floor, rate, share),
      limit: null,
    })),
  );
}
