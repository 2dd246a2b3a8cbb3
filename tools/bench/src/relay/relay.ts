import { kafkaVersion } from '@turnpike/local-kafka';
import type { PostgresPoolClient } from '@turnpike/service';
import { Child } from '../child.js';
import { Cluster } from '../cluster.js';
import { KafkaBroker } from '../kafka-broker.js';
import { CORES, describeMachine } from '../machine.js';
import { installPeers } from '../peers.js';
import type { Case, Measured, Report } from '../report.js';
import { type Effort, rateOf, type Run, summaryOf } from '../rounds.js';
import { type Spread, spreadOf } from '../statistics.js';
import { fillJobs, fillOutbox } from './backlogs.js';
import { type Draining, graphileDraining, oursDraining, producing } from './draining.js';
import type { Enqueuing, Latencies, OursSettings } from './ours.js';
import type { Stream } from '../open-loop.js';
import { BenchDeadLetters, benchPlan, TransferPosted } from './transfer-posted.js';

type Tell = (line: string) => void;

interface Scale {
  readonly backlog: number;
  readonly transactions: number;
  readonly stream: Stream;
  /** For so long a write of a stranger stays open, in another database, while the backlogs are emptied. */
  readonly heldSeconds: number;
}

const FULL_SCALE: Scale = { backlog: 1_000_000, transactions: 10_000, stream: { perSecond: 100, seconds: 20 }, heldSeconds: 600 };
const SHORT_SCALE: Scale = { backlog: 100_000, transactions: 2_000, stream: { perSecond: 100, seconds: 5 }, heldSeconds: 10 };

interface Parts {
  readonly cluster: Cluster;
  readonly broker: KafkaBroker;
  readonly settings: OursSettings;
  readonly scale: Scale;
  readonly rounds: number;
  readonly tell: Tell;
}

/** P8: what telling costs a transaction, how fast a backlog is carried to the broker, how soon one message is there. */
export async function relay(effort: Effort, tell: Tell): Promise<Report> {
  installPeers(tell);
  const scale = effort.isShort ? SHORT_SCALE : FULL_SCALE;
  const cluster = await Cluster.start();
  tell('Starting Kafka …');
  const broker = await KafkaBroker.start([TransferPosted, BenchDeadLetters]);
  try {
    const machine = describeMachine({ PostgreSQL: cluster.version, Kafka: await kafkaVersion() });
    const database = await cluster.provision(benchPlan, 'relay');
    const settings = { brokers: broker.brokers, databaseUrl: database.url, infrastructureUrl: database.infrastructureUrl };
    const parts: Parts = { cluster, broker, settings, scale, rounds: effort.rounds, tell };
    const cases = [...(await enqueueing(parts)), ...(await latencies(parts)), ...(await draining(parts))];
    return { bench: 'relay', unit: 'messages/s', machine, cases, notes: notesOn(scale) };
  } finally {
    await broker.stop();
    await cluster.stop();
  }
}

/** The same transaction with and without a message, in one process; nobody relays meanwhile. */
async function enqueueing({ cluster, settings, scale, rounds, tell }: Parts): Promise<Case[]> {
  tell('What a message costs its transaction:');
  const child = Child.start(new URL('./ours.ts', import.meta.url), CORES.measured, settings);
  const runs = { told: new Array<Run & { walBytes: number }>(), bare: new Array<Run & { walBytes: number }>() };
  const once = async (isTold: boolean) => {
    const enqueuing: Enqueuing = { transactions: scale.transactions, isTold };
    const [wal, rows] = [await walOf(cluster), await outboxRows(cluster)];
    const cpuBefore = cluster.cpuMsWith(child.pid);
    const { ms } = await child.ask<{ ms: number }>('enqueue', enqueuing);
    const cpuMs = cluster.cpuMsWith(child.pid) - cpuBefore;
    const made = (await outboxRows(cluster)) - rows;
    if (made !== (isTold ? scale.transactions : 0)) throw new Error(`${scale.transactions} transactions made ${made} messages.`);
    return { items: scale.transactions, ms, cpuMs, p50: null, p99: null, walBytes: ((await walOf(cluster)) - wal) / scale.transactions };
  };
  try {
    await child.ask('start');
    // Every page that these transactions touch is written whole once after a checkpoint: before the clock runs, and not again.
    await cluster.checkpoint();
    for (const isTold of [true, false, true, false]) await once(isTold);
    for (let round = 1; round <= rounds; round++) {
      runs.told.push(await once(true));
      runs.bare.push(await once(false));
      tell(`  ${round}/${rounds} ${runs.told.at(-1)?.walBytes.toFixed(0)} bytes of WAL, without ${runs.bare.at(-1)?.walBytes.toFixed(0)}`);
    }
  } finally {
    await child.stop();
  }
  const each = (one: readonly Run[], of: (run: Run) => number): Measured => alone(spreadOf(one.map(of)));
  const wal = (all: ReadonlyArray<{ walBytes: number }>) => alone(spreadOf(all.map(({ walBytes }) => walBytes)));
  const cpu = ({ cpuMs, items }: Run) => cpuMs / items;
  return [
    { case: 'WAL of a transaction that tells', unit: 'bytes', ours: wal(runs.told), theirs: wal(runs.bare), limit: null },
    { case: 'CPU of a transaction that tells', unit: 'ms', ours: each(runs.told, cpu), theirs: each(runs.bare, cpu), limit: null },
    { case: 'transactions that tell', unit: 'transactions/s', ours: summaryOf(runs.told), theirs: summaryOf(runs.bare), limit: null },
  ];
}

/** Few messages, each at its own time: from the answer to COMMIT until the broker has acknowledged it. */
async function latencies({ cluster, broker, settings, scale, rounds, tell }: Parts): Promise<Case[]> {
  tell('How soon a message is there:');
  const ours = Child.start(new URL('./ours.ts', import.meta.url), CORES.measured, settings);
  const floor = Child.start(new URL('./floor.ts', import.meta.url), CORES.measured, settings);
  const seen = { ours: new Array<Latencies>(), floor: new Array<Latencies>() };
  try {
    await ours.ask('start');
    await floor.ask('start');
    await ours.ask('relay');
    const warm: Stream = { ...scale.stream, seconds: 3 };
    for (const one of [ours, floor]) await one.ask('stream', warm);
    for (let round = 1; round <= rounds; round++) {
      const before = await broker.messagesIn(TransferPosted.name);
      seen.ours.push(await ours.ask<Latencies>('stream', scale.stream));
      seen.floor.push(await floor.ask<Latencies>('stream', scale.stream));
      const sent = (await broker.messagesIn(TransferPosted.name)) - before;
      const wanted = 2 * scale.stream.perSecond * scale.stream.seconds;
      if (sent !== wanted) throw new Error(`${wanted} messages were told, and the broker has ${sent} more.`);
      tell(`  ${round}/${rounds} p99 ${seen.ours.at(-1)?.p99.toFixed(1)} ms, of the floor ${seen.floor.at(-1)?.p99.toFixed(1)} ms`);
    }
    await cluster.checkpoint();
  } finally {
    await ours.stop();
    await floor.stop();
  }
  const of = (all: readonly Latencies[], which: 'p50' | 'p99') => alone(spreadOf(all.map((one) => one[which])));
  return (['p50', 'p99'] as const).map((which) => ({
    case: `commit to broker, ${which}`,
    unit: 'ms',
    ours: of(seen.ours, which),
    theirs: of(seen.floor, which),
    limit: null,
  }));
}

/** A backlog of ours and one of jobs, a slice of each at a time; then the same beside a stranger's open transaction. */
async function draining(parts: Parts): Promise<Case[]> {
  const { cluster, broker, settings, scale, tell } = parts;
  const jobs = await cluster.create('graphile');
  const child = Child.start(new URL('./floor.ts', import.meta.url), CORES.measured, settings);
  try {
    await child.ask('start');
    const migrating = Child.start(new URL('./graphile.ts', import.meta.url), CORES.measured, { databaseUrl: jobs });
    await migrating.ask('migrate');
    await migrating.stop();
    const ours = oursDraining(cluster, broker, settings, 'relay_bench');
    const peer = graphileDraining(cluster, { databaseUrl: jobs }, 'graphile');
    const ceiling = producing(cluster, broker, child);
    tell(`Making two backlogs of ${2 * scale.backlog} …`);
    await fillOutbox(cluster, 'relay_bench', 2 * scale.backlog);
    await fillJobs(cluster, 'graphile', 2 * scale.backlog);
    await cluster.analyze();
    await cluster.checkpoint();

    tell('A backlog:');
    const free = await slices([ours, peer, ceiling], parts, 0);
    tell('The same beside a transaction that a stranger holds open:');
    const held = await whileHeld(cluster, () => slices([ours, peer], parts, scale.heldSeconds));
    return [
      { case: 'drain', ours: free[0], theirs: free[1], limit: free[2] },
      { case: 'drain beside a held transaction', ours: held[0], theirs: held[1], limit: free[0] },
      { case: 'graphile-worker beside a held transaction', ours: held[1], theirs: null, limit: free[1] },
    ].flatMap(({ ours: one, theirs, limit, ...rest }) =>
      one ? [{ ...rest, ours: one, theirs: theirs ?? null, limit: limit ?? null }] : [],
    );
  } finally {
    await child.stop();
  }
}

/** @param seconds the rounds are spread over so long, the last one at its end */
async function slices(who: readonly Draining[], { scale, rounds, tell }: Parts, seconds: number): Promise<Measured[]> {
  // What is taken beyond a slice, because a process is stopped after it, must be there as well.
  const items = Math.floor((0.8 * scale.backlog) / rounds);
  const begun = Date.now();
  const runs = who.map(() => new Array<Run>());
  for (let round = 1; round <= rounds; round++) {
    const due = begun + ((round - 1) / Math.max(1, rounds - 1)) * seconds * 1000;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - Date.now())));
    for (const [at, one] of who.entries()) {
      const run = await one.run(items);
      runs[at]?.push(run);
      tell(`  ${round}/${rounds} ${one.name}: ${rateOf(run).toFixed(0)}/s`);
    }
  }
  return runs.map(summaryOf);
}

async function whileHeld<T>(cluster: Cluster, work: () => Promise<T>): Promise<T> {
  await cluster.create('stranger');
  const stranger: PostgresPoolClient = await cluster.inside('stranger').connect();
  try {
    await stranger.query('create table held (id int); begin; insert into held values (1)');
    // The pool's connections are ended when they sit in a transaction for long.
    await stranger.query('set idle_in_transaction_session_timeout = 0');
    return await work();
  } finally {
    await stranger.query('rollback');
    stranger.release();
  }
}

async function walOf(cluster: Cluster): Promise<number> {
  return cluster.number('postgres', `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') as n`);
}

function outboxRows(cluster: Cluster): Promise<number> {
  return cluster.number('relay_bench', 'select count(*) as n from outbox');
}

function alone(figure: Spread): Measured {
  return { figure, cpuMs: null, p50: null, p99: null };
}

function notesOn({ backlog, stream, heldSeconds }: Scale): string[] {
  return [
    'a transaction is pgbench’s (three updates, one look, one insert) at 16 connections; theirs: the same one, silent',
    `commit to broker: ${stream.perSecond} transactions a second, until the broker’s acknowledgement; theirs: the floor, kafkajs after the same commit, one message each`,
    `drain: a backlog of ${backlog} messages of 1 KB to Kafka, acks of all replicas, no compression; theirs: graphile-worker 0.18.0, 24 jobs at a time, local queue of 500, completions batched, jobs that do nothing`,
    'limit of drain: kafkajs with messages that are made already, 1 000 in a request, one request under way; beside a held transaction: ours without it',
    `the held transaction has written in another database, and stayed open for at least ${heldSeconds} s`,
  ];
}
