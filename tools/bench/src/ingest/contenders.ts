import { randomBytes } from 'node:crypto';
import { customers } from '@turnpike/customers';
import { gateway } from '@turnpike/gateway';
import { busPlan } from '@turnpike/messaging';
import { StandInConnections } from '@turnpike/testing';
import { Child } from '../child.js';
import { type Cluster, until } from '../cluster.js';
import { CORES } from '../machine.js';
import type { Contender, Run } from '../rounds.js';
import type { Kind } from './bodies.js';
import type { LimitSettings } from './limit.js';
import type { Delivered, Preparation } from './load.js';
import type { OursSettings } from './ours.js';
import type { TheirsSettings } from './theirs.js';

const SECRET = `whsec_${randomBytes(18).toString('hex')}`;
const ORGANIZATION = 'bench';
const CONNECTION = 'bench';
const PATIENCE = { everyMs: 10, withinMs: 120_000 };

/** A server under test. */
export interface System {
  readonly name: string;
  readonly child: Child;
  readonly url: string;
  /** How many rows of this kind it has made durable, in the table where its users find them. */
  rows(kind: Kind): Promise<number>;
  /** Where the end of a run is not the last answer: how many items have taken effect so far, cheap enough to be asked often. */
  applied?(): Promise<number>;
  /** Waits until nothing is left to do behind the answers. */
  settle?(): Promise<void>;
}

export async function ours(cluster: Cluster, name: string, applies: boolean): Promise<System> {
  const system = applies ? 'applied' : 'stored';
  const bus = await cluster.provision(busPlan, system);
  const token = randomBytes(24).toString('base64url');
  const connections = await StandInConnections.start();
  const environment = async (plan: typeof busPlan) => {
    const database = await cluster.provision(plan, system);
    return {
      DATABASE_URL: database.url,
      INFRASTRUCTURE_DATABASE_URL: database.infrastructureUrl,
      BUS_DATABASE_URL: bus.infrastructureUrl,
      WRITER_URLS: `connections=${connections.url}`,
      SERVICE_TOKEN: token,
      // Nobody's lines are measured: the engines write none either.
      LOG_LEVEL: 'warn',
    };
  };
  const settings: OursSettings = {
    gateway: { ...(await environment(gateway.plan)), WEBHOOK_BODY_KEY: randomBytes(32).toString('base64') },
    customers: applies ? await environment(customers.plan) : null,
  };
  await connections.receives(cluster.inside(`${system}_gateway`), { organization: ORGANIZATION, environment: 'test' }, CONNECTION, [
    SECRET,
  ]);
  const { child, url } = await started(new URL('./ours.ts', import.meta.url), settings);
  const told = (service: string) => cluster.number(`${system}_${service}`, 'select count(*) as n from outbox');
  const relayed = (service: string) =>
    cluster.number(`${system}_bus`, 'select sum(number) as n from relay_partition where service = $1', [service]);
  const heard = () => cluster.number(`${system}_customers`, 'select sum(number) as n from place where organization = $1', [ORGANIZATION]);
  if (!applies) {
    return {
      name,
      child,
      url,
      rows: (kind) => cluster.number('stored_gateway', 'select count(*) as n from stripe_event where object_type = $1', [kind]),
      settle: () =>
        until('the relay has sent everything', async () => (await told('gateway')) === (await relayed('gateway')), {
          ...PATIENCE,
          everyMs: 50,
        }),
    };
  }
  return {
    name,
    child,
    url,
    rows: (kind) => cluster.number('applied_customers', `select count(*) as n from ${kind}`),
    applied: heard,
    settle: () =>
      until(
        'everything is applied and told',
        async () => (await told('gateway')) === (await heard()) && (await told('customers')) === (await relayed('customers')),
        { ...PATIENCE, everyMs: 50 },
      ),
  };
}

export async function theirs(cluster: Cluster, name: string, engine: TheirsSettings['engine']): Promise<System> {
  const database = `theirs_${engine}`;
  const settings: TheirsSettings = { engine, databaseUrl: await cluster.create(database), secret: SECRET };
  const { child, url } = await started(new URL('./theirs.ts', import.meta.url), settings);
  return { name, child, url, rows: (kind) => cluster.number(database, `select count(*) as n from stripe.${kind}s`) };
}

export async function limit(cluster: Cluster, name: string): Promise<System> {
  const settings: LimitSettings = { databaseUrl: await cluster.create('bare'), secret: SECRET };
  const { child, url } = await started(new URL('./limit.ts', import.meta.url), settings);
  const like: Record<Kind, string> = { customer: 'evt_C%', subscription: 'evt_S%' };
  return { name, child, url, rows: (kind) => cluster.number('bare', 'select count(*) as n from event where id like $1', [like[kind]]) };
}

async function started(program: URL, settings: object): Promise<{ child: Child; url: string }> {
  const child = Child.start(program, CORES.measured, settings);
  return { child, url: `${await child.ask<string>('start')}/webhooks/stripe/${CONNECTION}` };
}

/** A system as it is run for one kind of event. Every run of a system sends new events, and its rows are counted afterwards. */
export class Ingesting implements Contender {
  private runs = 0;
  private readonly customers: { name: string; items: number };

  constructor(
    private readonly system: System,
    private readonly kind: Kind,
    private readonly cluster: Cluster,
    private readonly load: Child,
    /** The run that made the customers whom these subscriptions belong to. */
    before: Ingesting | null,
  ) {
    this.customers = before?.customers ?? { name: '', items: 0 };
  }

  get name(): string {
    return this.system.name;
  }

  async run(items: number): Promise<Run> {
    const { system, kind, cluster, load } = this;
    const name = `${kind === 'customer' ? 'C' : 'S'}${system.child.pid}R${++this.runs}`;
    if (kind === 'customer' && items > this.customers.items) Object.assign(this.customers, { name, items });
    const preparation: Preparation = { url: system.url, secret: SECRET, kind, name, items, customers: this.customers };
    await load.ask('prepare', preparation);
    await cluster.checkpoint();
    const rowsBefore = await system.rows(kind);
    const appliedBefore = (await system.applied?.()) ?? 0;
    const cpuBefore = cluster.cpuMsWith(system.child.pid);

    const { begunAt, endedAt, p50, p99 } = await load.ask<Delivered>('deliver');
    const end = system.applied ? await this.allApplied(appliedBefore + items) : endedAt;
    const cpuMs = cluster.cpuMsWith(system.child.pid) - cpuBefore;

    const made = (await system.rows(kind)) - rowsBefore;
    if (made !== items) throw new Error(`${system.name} answered ${items} deliveries with 2xx and has ${made} rows more.`);
    await system.settle?.();
    return { items, ms: end - begunAt, cpuMs, p50, p99 };
  }

  private async allApplied(count: number): Promise<number> {
    await until(`${this.system.name} has applied everything`, async () => ((await this.system.applied?.()) ?? 0) >= count, PATIENCE);
    return performance.timeOrigin + performance.now();
  }
}
