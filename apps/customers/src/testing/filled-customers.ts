import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ConnectionChanged, type DataOf, HistoryGapFound } from '@turnpike/contracts-events';
import type { FillResponse } from '@turnpike/contracts-http';
import { startSandbox, type Sandbox } from '@turnpike/sandbox';
import { startService, type RunningService } from '@turnpike/service';
import {
  freshDatabases,
  letIn,
  StandInConnections,
  standInPlan,
  StandInWriter,
  until,
  WatchedStripe,
  type FreshDatabases,
} from '@turnpike/testing';
import Stripe from 'stripe';
import { customers } from '../definition.js';
import { ACME_SANDBOX, SERVICE_TOKEN } from './started-customers.js';

const REPOSITORY = resolve(import.meta.dirname, '../../../..');
const WRITERS = ['connections', 'gateway'];

/** `customers` beside a Sandbox with accounts that were there before it, each behind a connection of its own; nobody tells of their events. */
export class FilledCustomers {
  private service: RunningService | null = null;
  private url = '';
  private connectionVersion = 0;

  private constructor(
    readonly databases: FreshDatabases,
    private readonly folder: string,
    private readonly sandbox: Sandbox,
    /** Between `customers` and the Sandbox. */
    readonly watched: WatchedStripe,
    readonly connections: StandInConnections,
    private readonly writers: ReadonlyMap<string, StandInWriter>,
    private readonly environment: Readonly<Record<string, string>>,
  ) {}

  static async start(settings: Readonly<Record<string, string>> = {}): Promise<FilledCustomers> {
    const folder = mkdtempSync(join(tmpdir(), 'turnpike-fill-'));
    const sandbox = await startSandbox({ data: folder });
    const watched = await WatchedStripe.start(sandbox.url);
    const connections = await StandInConnections.start();
    const databases = await freshDatabases([customers.plan, ...WRITERS.map(standInPlan)]);
    await letIn(databases.inside('customers'), {
      'acme-key': ACME_SANDBOX,
      'globex-key': { organization: 'globex', environment: 'sandbox' },
    });
    const writers = new Map<string, StandInWriter>();
    for (const writer of WRITERS) writers.set(writer, await StandInWriter.start(databases, writer));
    const started = new FilledCustomers(databases, folder, sandbox, watched, connections, writers, {
      DATABASE_URL: databases.of('customers').url,
      INFRASTRUCTURE_DATABASE_URL: databases.of('customers').infrastructureUrl,
      BUS_DATABASE_URL: databases.of('bus').infrastructureUrl,
      SERVICE_TOKEN,
      WRITER_URLS: `connections=${connections.url}`,
      LOG_LEVEL: process.env['TEST_LOG'] ?? 'silent',
      COMPARE_WITHIN_DAYS: '0',
      ...settings,
    });
    await started.run();
    return started;
  }

  /** The service in this process. */
  async run(changes: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.service?.stop();
    this.service = await startService(customers, { ...this.environment, ...changes });
    this.url = await this.service.listen();
  }

  async halt(): Promise<void> {
    await this.service?.stop();
    this.service = null;
  }

  /** The service in a process of its own, that can be killed. */
  spawned(): ChildProcess {
    const main = join(REPOSITORY, 'apps/customers/src/main.ts');
    return spawn(process.execPath, ['--conditions=@turnpike/source', '--import', join(REPOSITORY, 'tools/loader.mjs'), main], {
      cwd: REPOSITORY,
      env: { ...process.env, ...this.environment },
      stdio: 'ignore',
    });
  }

  async stop(): Promise<void> {
    await this.halt();
    for (const writer of this.writers.values()) await writer.stop();
    await this.connections.stop();
    await this.watched.stop();
    await this.sandbox.stop();
    await this.databases.drop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The account behind a connection, as its owner speaks to it: past what is watched. */
  stripe(connectionId: string): Stripe {
    return new Stripe(keyOf(connectionId), { host: '127.0.0.1', port: this.sandbox.port, protocol: 'http', maxNetworkRetries: 0 });
  }

  async connection(connectionId: string, status: DataOf<typeof ConnectionChanged>['status']): Promise<void> {
    this.connections.holds(ACME_SANDBOX, connectionId, { status, secretKey: keyOf(connectionId), baseUrl: this.watched.url });
    this.connectionVersion += 1;
    await this.announce('connections', ConnectionChanged, {
      ...{ connectionId, status, statusReason: null, stripeAccountId: `acct_${connectionId}`, accountName: null, country: null },
      ...{ defaultCurrency: null, livemode: false, ingestMode: 'polling', webhookEndpointId: null, secretsVersion: 1, removedAt: null },
      version: { epoch: 1, n: this.connectionVersion },
    } as DataOf<typeof ConnectionChanged>);
  }

  /** The gateway says that no event will tell what happened before now. */
  async historyGap(connectionId: string, gapId = `gap_${connectionId}`): Promise<void> {
    const until = new Date().toISOString();
    await this.announce('gateway', HistoryGapFound, { gapId, connectionId, from: null, until, because: 'new_connection' });
  }

  private async announce<T extends typeof ConnectionChanged | typeof HistoryGapFound>(
    name: string,
    topic: T,
    fact: DataOf<T>,
  ): Promise<void> {
    const writer = this.writers.get(name);
    if (!writer) throw new Error(`Nobody stands in for ${name}.`);
    await writer.announce(topic, ACME_SANDBOX, fact);
    if (this.service) await until(`${topic.name} is read`, () => writer.isReadBy('customers', [topic]));
  }

  async ask<B = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    key = 'acme-key',
  ): Promise<{ status: number; body: B }> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as B };
  }

  async fills(connectionId: string): Promise<FillResponse[]> {
    const { body } = await this.ask<{ data: FillResponse[] }>('GET', `/v1/customer_fills?connection_id=${connectionId}&limit=100`);
    return body.data;
  }

  /** Waits until no fill of a connection is under way, and nothing of it is in doubt. */
  async filled(connectionId: string, withinMs = 120_000): Promise<FillResponse[]> {
    const isOver = ({ purpose, finishedAt }: FillResponse) => purpose === 'comparison' || finishedAt !== null;
    await until(
      `${connectionId} is filled`,
      async () => {
        const all = await this.fills(connectionId);
        return (
          all.length > 0 &&
          all.every(isOver) &&
          (await this.rows(`select 1 from fetch_due where connection_id = $1`, [connectionId])).length === 0
        );
      },
      withinMs,
    );
    return this.fills(connectionId);
  }

  async rows<R extends Record<string, unknown>>(text: string, parameters: unknown[] = []): Promise<R[]> {
    return (await this.databases.inside('customers').query<R>(text, parameters)).rows;
  }

  async metrics(): Promise<string> {
    return (await fetch(`${this.url}/metrics`)).text();
  }

  /** What is shown here of a connection's account against what Stripe has: empty when all is the same. */
  async differences(connectionId: string): Promise<string[]> {
    const stripe = this.stripe(connectionId);
    const there = new Map<string, string>();
    for await (const one of stripe.customers.list({ limit: 100 })) there.set(one.id, `${one.name}`);
    for await (const one of stripe.subscriptions.list({ limit: 100, status: 'all' })) there.set(one.id, one.status);
    const here = new Map<string, string>();
    const shown = await this.rows<{ stripe_id: string; state: string | null; standing: string }>(
      `select stripe_id, name as state, standing from customer where connection_id = $1 and deleted_at is null
       union all select stripe_id, status, standing from subscription where connection_id = $1`,
      [connectionId],
    );
    for (const { stripe_id: id, state, standing } of shown) here.set(id, standing === 'confirmed' ? `${state}` : `${state}, ${standing}`);
    return [...new Set([...there.keys(), ...here.keys()])]
      .filter((id) => there.get(id) !== here.get(id))
      .map((id) => `${id}: ${there.get(id)} at Stripe, ${here.get(id)} here`);
  }
}

function keyOf(connectionId: string): string {
  return `sk_test_of_acme_${connectionId}`;
}

/** Runs the works, so many at once. */
export async function sideBySide(most: number, works: readonly (() => Promise<unknown>)[]): Promise<void> {
  const left = [...works];
  const worker = async () => {
    for (let work = left.shift(); work; work = left.shift()) await work();
  };
  await Promise.all(Array.from({ length: most }, worker));
}
