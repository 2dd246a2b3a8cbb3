import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Migration } from '@mikro-orm/migrations';
import type { Scope } from '@turnpike/contracts-events';
import { Jobs, jobTables } from '@turnpike/jobs';
import { roadTables } from '@turnpike/messaging';
import { type Sandbox, startSandbox } from '@turnpike/sandbox';
import { Database, Log } from '@turnpike/service';
import { StripeAccess } from '@turnpike/stripe';
import { freshDatabases, type FreshDatabases, StandInConnections, until } from '@turnpike/testing';
import Stripe from 'stripe';
import { type IntentOutcome, Intents, intentTables, type IntentWish, StripeIntent } from '../index.js';

const SERVICE = 'catalog';
export const ACME: Scope = { organization: 'acme', environment: 'sandbox' };
export const CONNECTION = 'con_1';
const SECRET_KEY = 'sk_test_of_intents';

class IntentsOnly extends Migration {
  override up(): void {
    for (const statement of [...roadTables(SERVICE), ...jobTables(SERVICE), ...intentTables(SERVICE)]) this.addSql(statement);
  }
}

/** Intents on a database of their own, beside a Sandbox of their own. */
export class World {
  readonly outcomes: { cause: string; outcome: IntentOutcome }[] = [];
  readonly stripe: Stripe;
  private intents: Intents | null = null;
  private jobs: Jobs | null = null;

  private constructor(
    readonly databases: FreshDatabases,
    readonly database: Database,
    private readonly folder: string,
    private readonly sandbox: Sandbox,
    readonly connections: StandInConnections,
  ) {
    this.stripe = new Stripe(SECRET_KEY, { host: '127.0.0.1', port: sandbox.port, protocol: 'http', maxNetworkRetries: 0 });
  }

  static async start(): Promise<World> {
    const folder = mkdtempSync(join(tmpdir(), 'turnpike-intents-'));
    const sandbox = await startSandbox({ data: folder });
    const connections = await StandInConnections.start();
    connections.holds(ACME, CONNECTION, { secretKey: SECRET_KEY, baseUrl: sandbox.url });
    const databases = await freshDatabases([
      { service: SERVICE, migrations: [{ name: 'Migration20261121000000_intents', class: IntentsOnly }] },
    ]);
    const database = await Database.open({ url: databases.of(SERVICE).url, service: SERVICE, entities: [StripeIntent] });
    const world = new World(databases, database, folder, sandbox, connections);
    await world.restart();
    return world;
  }

  /** Another process's life on the same database. */
  async restart(): Promise<void> {
    await this.jobs?.beforeApplicationShutdown();
    const log = Log.of(SERVICE, process.env['TEST_LOG'] === 'debug' ? 'debug' : 'silent');
    const jobs = new Jobs(this.database, this.databases.of(SERVICE).url, SERVICE, log);
    const config = { WRITER_URLS: new Map([['connections', this.connections.url]]), SERVICE_TOKEN: 'a-service-token-of-24-characters' };
    const intents = new Intents({ database: this.database, jobs, stripe: new StripeAccess(config), log });
    intents.whenSettled(async (_scope, { cause }, outcome) => {
      this.outcomes.push({ cause, outcome });
    });
    await jobs.onApplicationBootstrap();
    this.jobs = jobs;
    this.intents = intents;
  }

  async stop(): Promise<void> {
    await this.jobs?.beforeApplicationShutdown();
    await this.database.close();
    await this.connections.stop();
    await this.databases.drop();
    await this.sandbox.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get sandboxUrl(): string {
    return this.sandbox.url;
  }

  /** A wish for a product of this name, which is its cause too. */
  product(name: string, changes: Partial<IntentWish> = {}): IntentWish {
    const metadata = { turnpike_entity_id: name };
    return {
      cause: `create ${name}`,
      subject: name,
      lockKeys: [`acme/sandbox/${name}`],
      path: '/v1/products',
      params: { name, metadata },
      lookFor: { path: '/v1/products', params: {}, metadata },
      ...changes,
    };
  }

  async store(wish: IntentWish): Promise<StripeIntent> {
    return this.inTransaction((intents) => intents.store(ACME, CONNECTION, wish));
  }

  inTransaction<T>(work: (intents: Intents) => Promise<T>): Promise<T> {
    const { intents } = this;
    if (!intents) throw new Error('Nothing runs.');
    return this.database.transaction('acme', () => work(intents));
  }

  /** The row as it is now. */
  async intent(
    cause: string,
  ): Promise<Pick<StripeIntent, 'status' | 'attempt' | 'tries' | 'stripeId' | 'requestId' | 'error' | 'idempotencyKey'>> {
    const { rows } = await this.databases.inside(SERVICE).query<{ row: StripeIntent }>(
      `select jsonb_build_object('status', status, 'attempt', attempt, 'tries', tries, 'stripeId', stripe_id, 'requestId', request_id,
         'error', error, 'idempotencyKey', idempotency_key) as row from stripe_intent where cause = $1`,
      [cause],
    );
    if (!rows[0]) throw new Error(`Nothing was stored for ${cause}.`);
    return rows[0].row;
  }

  async settled(cause: string, status: StripeIntent['status'] = 'done'): Promise<void> {
    await until(`${cause} is ${status}`, async () => (await this.intent(cause)).status === status);
  }

  /** Long ago by the clock of the intent, and of Stripe, which has forgotten the key. */
  async ageByADay(cause: string): Promise<void> {
    await this.databases
      .inside(SERVICE)
      .query(`update stripe_intent set first_sent_at = first_sent_at - interval '24 hours' where cause = $1`, [cause]);
  }

  async namesAtStripe(): Promise<string[]> {
    return (await this.stripe.products.list({ limit: 100 })).data.map(({ name }) => name);
  }

  async goesWrong(kind: string, times: number, more: object = {}): Promise<void> {
    await this.operate('/faults', { account: SECRET_KEY, match: { method: 'POST', path: '/v1/products' }, kind, times, ...more });
  }

  async operate(path: string, body: object): Promise<void> {
    const response = await fetch(`${this.sandbox.url}/_sandbox${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(await response.text());
  }
}
