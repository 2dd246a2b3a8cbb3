import { randomBytes } from 'node:crypto';
import { customers } from '@turnpike/customers';
import { busPlan } from '@turnpike/messaging';
import { standInPlan } from '@turnpike/testing';
import { Child } from '../child.js';
import { type Cluster, until } from '../cluster.js';
import type { EngineName } from '../engines.js';
import type { Kind } from '../ingest/bodies.js';
import { CORES } from '../machine.js';
import type { Contender, Run } from '../rounds.js';
import type { LimitSettings } from './limit.js';
import type { TheirsSettings } from './theirs.js';
import type { Batch } from './told-events.js';
import type { WriterSettings } from './writer.js';

const PATIENCE = { everyMs: 10, withinMs: 120_000 };
const SCOPE = { organization: 'bench', environment: 'test' } as const;
const CONNECTION = 'bench';
const LIKE: Record<Kind, string> = { customer: 'cus_%', subscription: 'sub_%' };

/** A system that can be given one batch of events after the other. */
export interface System {
  readonly name: string;
  run(batch: Batch, cluster: Cluster): Promise<Run>;
  rows(kind: Kind): Promise<number>;
  stop(): Promise<void>;
}

/** `customers` on the in-process bus: a new process for each run, because what it reads must stand there before it starts. */
export async function ours(cluster: Cluster, name: string): Promise<System> {
  const bus = await cluster.provision(busPlan, 'apply');
  const environmentOf = async (plan: typeof busPlan) => {
    const database = await cluster.provision(plan, 'apply');
    return {
      DATABASE_URL: database.url,
      INFRASTRUCTURE_DATABASE_URL: database.infrastructureUrl,
      BUS_DATABASE_URL: bus.infrastructureUrl,
      SERVICE_TOKEN: randomBytes(24).toString('base64url'),
      LOG_LEVEL: 'warn',
    };
  };
  const given: WriterSettings = { environment: await environmentOf(standInPlan('gateway')), scope: SCOPE, connectionId: CONNECTION };
  const writer = Child.start(new URL('./writer.ts', import.meta.url), CORES.load, given);
  await writer.ask('start');
  const environment = await environmentOf(customers.plan);
  const told = (service: string) => cluster.number(`apply_${service}`, 'select count(*) as n from outbox');
  const relayed = (service: string) =>
    cluster.number('apply_bus', 'select coalesce(sum(number), 0) as n from relay_partition where service = $1', [service]);
  const heard = () =>
    cluster.number('apply_customers', 'select coalesce(sum(number), 0) as n from place where organization = $1', [SCOPE.organization]);
  return {
    name,
    rows: (kind) => cluster.number('apply_customers', `select count(*) as n from ${kind} where stripe_id like $1`, [LIKE[kind]]),
    async run(batch) {
      await writer.ask('tell', batch);
      await until('everything stands on the bus', async () => (await told('gateway')) === (await relayed('gateway')), PATIENCE);
      const toldBefore = await told('customers');
      const before = await heard();
      await cluster.checkpoint();
      const child = Child.start(new URL('./ours.ts', import.meta.url), CORES.measured, environment);
      const reached = async (count: number) => {
        let now = 0;
        await until(`${count} are applied`, async () => (now = (await heard()) - before) >= count, PATIENCE);
        return { applied: now, at: performance.now(), cpuMs: cluster.cpuMsWith(child.pid) };
      };
      try {
        await child.ask('start');
        const begin = await reached(Math.floor(batch.items / 2));
        const end = await reached(batch.items);
        const announced = (await told('customers')) - toldBefore;
        if (announced < batch.items) throw new Error(`${batch.items} events were applied and ${announced} announced.`);
        return { items: end.applied - begin.applied, ms: end.at - begin.at, cpuMs: end.cpuMs - begin.cpuMs, p50: null, p99: null };
      } finally {
        await child.stop();
      }
    },
    stop: () => writer.stop(),
  };
}

export async function theirs(cluster: Cluster, name: string, engine: EngineName): Promise<System> {
  const database = `theirs_${engine}`;
  const given: TheirsSettings = { engine, databaseUrl: await cluster.create(database), secret: `whsec_${randomBytes(18).toString('hex')}` };
  const rows = (kind: Kind) => cluster.number(database, `select count(*) as n from stripe.${kind}s`);
  return called(name, new URL('./theirs.ts', import.meta.url), given, rows);
}

export async function limit(cluster: Cluster, name: string): Promise<System> {
  const given: LimitSettings = { databaseUrl: await cluster.create('bare') };
  const rows = (kind: Kind) => cluster.number('bare', 'select count(*) as n from object where id like $1', [LIKE[kind]]);
  return called(name, new URL('./limit.ts', import.meta.url), given, rows);
}

/** One that is called with what it shall apply. */
async function called(name: string, program: URL, given: object, rows: System['rows']): Promise<System> {
  const child = Child.start(program, CORES.measured, given);
  await child.ask('start');
  return {
    name,
    rows,
    async run(batch, cluster) {
      await child.ask('prepare', batch);
      await cluster.checkpoint();
      const cpuBefore = cluster.cpuMsWith(child.pid);
      const { ms } = await child.ask<{ ms: number }>('apply');
      return { items: batch.items, ms, cpuMs: cluster.cpuMsWith(child.pid) - cpuBefore, p50: null, p99: null };
    },
    stop: () => child.stop(),
  };
}

/** A system as it is run for one kind of event. Its rows are counted after every run. */
export class Applying implements Contender {
  private runs = 0;
  private readonly customers: { name: string; items: number };

  constructor(
    private readonly system: System,
    private readonly kind: Kind,
    private readonly cluster: Cluster,
    /** The run that made the customers whom these subscriptions belong to. */
    before: Applying | null,
  ) {
    this.customers = before?.customers ?? { name: '', items: 0 };
  }

  get name(): string {
    return this.system.name;
  }

  async run(items: number): Promise<Run> {
    const { system, kind, customers: known } = this;
    const name = `${kind === 'customer' ? 'C' : 'S'}R${++this.runs}`;
    if (kind === 'customer' && items > known.items) Object.assign(known, { name, items });
    const before = await system.rows(kind);
    const run = await system.run({ kind, name, items, customers: known }, this.cluster);
    const made = (await system.rows(kind)) - before;
    if (made !== items) throw new Error(`${system.name} was given ${items} events and has ${made} rows more.`);
    return run;
  }
}
