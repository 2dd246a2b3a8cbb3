import { Cluster } from '../cluster.js';
import { ENGINES } from '../engines.js';
import { describeMachine, everyCore } from '../machine.js';
import { installPeers } from '../peers.js';
import type { Case, Measured, Report } from '../report.js';
import type { Effort } from '../rounds.js';
import { busPlan } from '@turnpike/messaging';
import type { ProvisionedDatabase } from '@turnpike/service';
import { type Ending, inWords } from './ending.js';
import { FAMILIES } from './histories.js';
import { type Databases, PLANS } from './ours.js';
import { converged } from './run.js';
import { theirEnding } from './theirs.js';

/** Of an account in test mode (https://docs.stripe.com/rate-limits). */
const RATE_PER_SECOND = 25;
const PER = 10_000;
const SIZES = {
  full: { ours: 100_000, theirs: 10_000, accounts: 60, kills: 10 },
  short: { ours: 2_000, theirs: 500, accounts: 16, kills: 3 },
} as const;
const WORLD = { seed: 20_261_121, hurry: 60, latestMs: 43_000 };
/** What road.md reaches for on histories that are made as its second model makes them. */
const MOST_FETCHES = { sparse: 0.1, bursts: 0.45 } as const;

/** R1: how many objects end otherwise than at Stripe, and what it costs to know. */
export async function converge({ isShort }: Effort, tell: (line: string) => void): Promise<Report> {
  installPeers(tell);
  const size = isShort ? SIZES.short : SIZES.full;
  everyCore(process.pid);
  const cluster = await Cluster.start({ isPinned: false });
  const machine = describeMachine({ PostgreSQL: cluster.version }, { isPinned: false });
  try {
    const theirs = new Map<string, Ending>();
    for (const [name, engine] of Object.entries(ENGINES)) {
      for (const [how, { revalidates, isUnhurried }] of WAYS) {
        const database = `theirs_${engine}_${revalidates.length}`;
        tell(`${name}, ${how}:`);
        const ending = await theirEnding({
          ...WORLD,
          histories: isUnhurried ? size.theirs / 2 : size.theirs,
          accounts: 8,
          engine,
          databaseUrl: await cluster.create(database),
          inside: cluster.inside(database),
          revalidates,
          isUnhurried,
          mostPerSecond: 200,
          tell,
        });
        tell(`  ${inWords(ending)}`);
        theirs.set(`${name}, ${how}`, ending);
      }
    }
    tell('ours:');
    const ours = await converged({
      ...WORLD,
      histories: size.ours,
      accounts: size.accounts,
      databases: await databasesIn(cluster),
      ratePerSecond: RATE_PER_SECOND,
      mostPerSecond: 400,
      killsAt: Array.from({ length: size.kills }, (_, at) => Math.round((size.ours * (at + 0.5)) / size.kills)),
      restartsAt: [Math.round(size.ours * 0.99)],
      core: null,
      settings: { SWEEP_EVERY_SECONDS: '15', SWEEP_GRACE_SECONDS: '5' },
      patienceMs: 300_000,
      tell,
    });
    tell(`  ${inWords(ours)}`);
    for (const wrong of ours.wrong.slice(0, 20)) tell(`  wrong: ${JSON.stringify(wrong)}`);
    return reportOn(ours, theirs, machine);
  } finally {
    await cluster.stop();
  }
}

/**
 * As they come, and as they are told to ask Stripe for the object whenever something is told of it. Then they stamp what they write by our
 * clock, and are played to only where Stripe's runs with it.
 */
const WAYS: readonly (readonly [how: string, way: { readonly revalidates: readonly string[]; readonly isUnhurried: boolean }])[] = [
  ['as it comes', { revalidates: [], isUnhurried: false }],
  ['revalidating', { revalidates: ['customer', 'subscription', 'product'], isUnhurried: true }],
];

async function databasesIn(cluster: Cluster): Promise<Databases> {
  const made = new Map<string, ProvisionedDatabase>();
  for (const plan of [...PLANS, busPlan]) made.set(plan.service, await cluster.provision(plan, 'converge'));
  return {
    of: (service) => {
      const database = made.get(service);
      if (!database) throw new Error(`No database of ${service} was made.`);
      return database;
    },
    inside: (service) => cluster.inside(`converge_${service}`),
  };
}

function reportOn(ours: Ending, theirs: ReadonlyMap<string, Ending>, machine: string): Report {
  const best = [...theirs].sort(([, left], [, right]) => wrongPer(left) - wrongPer(right))[0];
  if (!best) throw new Error('No peer was played to.');
  const [bestName, bestEnding] = best;
  const cases: Case[] = [
    { case: 'wrong ends', unit: `of ${PER} objects`, ours: figure(wrongPer(ours)), theirs: figure(wrongPer(bestEnding)), limit: null },
    ...Object.entries(MOST_FETCHES).map(([family, most]) => ({
      case: `fetches per event, ${family}`,
      unit: 'fetches',
      ours: figure(ours.fetchesPerEvent.get(family) ?? 0),
      theirs: null,
      limit: figure(most),
    })),
    { case: 'requests at once about one object', unit: 'requests', ours: figure(ours.tally.mostAtOnce), theirs: null, limit: figure(1) },
    {
      case: 'most requests of an account in a second',
      unit: 'requests',
      ours: figure(ours.tally.mostPerSecond),
      theirs: null,
      limit: figure(RATE_PER_SECOND),
    },
  ];
  const { histories, events, deliveries, dropped } = ours.played;
  return {
    bench: 'converge',
    unit: 'objects',
    machine,
    cases,
    notes: [
      `ours: ${histories.length} objects, ${events} events in ${deliveries} deliveries, ${dropped.size} objects with a dropped event, ${ours.unheard} events never heard of, ${ours.kills} kills, ${ours.tally.refused} of ${ours.tally.requests} requests answered 429, ${ours.seconds.toFixed(0)} s`,
      `limit: what is to be reached; an account takes ${RATE_PER_SECOND} requests a second`,
      `theirs: the better of four, ${bestName}`,
      ...[...theirs].map(([name, ending]) => `${name}: ${inWords(ending)}`),
      `families: ${FAMILIES.map(({ name, share }) => `${name} ${share * 100} %`).join(', ')}; fetches are judged on those that road.md's second model makes`,
    ],
  };
}

function wrongPer({ wrong, played }: Ending): number {
  return (wrong.length * PER) / played.histories.length;
}

function figure(value: number): Measured {
  return { figure: { median: value, least: value, most: value }, cpuMs: null, p50: null, p99: null };
}
