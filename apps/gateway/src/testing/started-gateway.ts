import { randomBytes } from 'node:crypto';
import { type Scope, StripeEventReceived, type Topic } from '@turnpike/contracts-events';
import { startService, type PostgresPool, type RunningService } from '@turnpike/service';
import { freshDatabases, letKeysIn, standInPlan, StandInConnections, type FreshDatabases } from '@turnpike/testing';
import Stripe from 'stripe';
import { gateway } from '../definition.js';

export const SECRET = 'whsec_this_is_the_new_one';
export const OLD_SECRET = 'whsec_this_is_the_old_one';
export const ACME_KEY = 'an-api-key-of-acme';
export const GLOBEX_KEY = 'an-api-key-of-globex';
export const SERVICE_TOKEN = 'a-service-token-of-24-characters';

/** Two organizations; `acme` has a connection of each mode, and one whose secret is blank. */
const CONNECTIONS: ReadonlyArray<readonly [scope: Scope, id: string, webhookSecrets: readonly string[]]> = [
  [{ organization: 'acme', environment: 'test' }, 'acme-test', [SECRET, OLD_SECRET]],
  [{ organization: 'acme', environment: 'live' }, 'acme-live', [SECRET]],
  [{ organization: 'acme', environment: 'test' }, 'acme-blank', ['  ']],
  [{ organization: 'globex', environment: 'test' }, 'globex-test', [SECRET]],
];

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

const stripe = new Stripe('sk_test_nobody_is_ever_called');

/** A gateway with databases of its own, listening on a free port. */
export class StartedGateway {
  private constructor(
    readonly databases: FreshDatabases,
    readonly environment: Readonly<Record<string, string>>,
    readonly connections: StandInConnections,
    private running: { service: RunningService; url: string } | null,
  ) {}

  static async start(changes: Readonly<Record<string, string>> = {}): Promise<StartedGateway> {
    const databases = await freshDatabases([gateway.plan, standInPlan('connections')]);
    const connections = await StandInConnections.start();
    await letKeysIn(databases.inside('gateway'), {
      [ACME_KEY]: { organization: 'acme', environment: 'sandbox' },
      [GLOBEX_KEY]: { organization: 'globex', environment: 'sandbox' },
    });
    for (const one of CONNECTIONS) await connections.receives(databases.inside('gateway'), ...one);
    const environment = {
      DATABASE_URL: databases.of('gateway').url,
      INFRASTRUCTURE_DATABASE_URL: databases.of('gateway').infrastructureUrl,
      BUS_DATABASE_URL: databases.of('bus').infrastructureUrl,
      SERVICE_TOKEN,
      WRITER_URLS: `connections=${connections.url}`,
      WEBHOOK_BODY_KEY: randomBytes(32).toString('base64'),
      LOG_LEVEL: process.env['TEST_LOG'] ?? 'silent',
      ...changes,
    };
    const started = new StartedGateway(databases, environment, connections, null);
    await started.restart();
    return started;
  }

  /** Stops it; `restart` starts it again. */
  async pause(): Promise<void> {
    await this.running?.service.stop();
    this.running = null;
  }

  /** Starts it (again) on the same databases. */
  async restart(changes: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.pause();
    const service = await startService(gateway, { ...this.environment, ...changes });
    this.running = { service, url: await service.listen() };
  }

  get url(): string {
    if (!this.running) throw new Error('The gateway does not run.');
    return this.running.url;
  }

  /** The administrator's pool: sees all organizations. */
  get inside(): PostgresPool {
    return this.databases.inside('gateway');
  }

  async stop(): Promise<void> {
    await this.pause();
    await this.databases.drop();
    await this.connections.stop();
  }

  /** Sends as Stripe does, signed by Stripe's own SDK. `header: null` sends none. */
  async deliver(
    body: string | Buffer,
    options: { connection?: string; secret?: string; age?: number; header?: string | null; contentType?: string } = {},
  ): Promise<Answer> {
    const header = options.header === undefined ? signed(body, options) : options.header;
    const response = await fetch(`${this.url}/webhooks/stripe/${options.connection ?? 'acme-test'}`, {
      method: 'POST',
      headers: {
        'content-type': options.contentType ?? 'application/json; charset=utf-8',
        ...(header === null ? {} : { 'stripe-signature': header }),
      },
      body: typeof body === 'string' ? body : new Uint8Array(body),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Record<string, unknown> };
  }

  /** Asks as a caller of organization `acme` with a key of its environment sandbox, unless told otherwise. */
  async get(path: string, apiKey = ACME_KEY): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, { headers: { authorization: `Bearer ${apiKey}` } });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Record<string, unknown> };
  }

  /** Everything is gone that was stored and announced. */
  async empty(): Promise<void> {
    await this.inside.query('truncate stripe_event, stripe_event_body, announce_run, gap_sweep, outbox');
  }

  async rows(table: string): Promise<Record<string, unknown>[]> {
    const { rows } = await this.inside.query<Record<string, unknown>>(`select * from ${table}`);
    return rows;
  }

  /** What was announced of Stripe's events, or on another topic, as it stands in the outbox: the values, parsed. */
  async announced(topic: Topic = StripeEventReceived): Promise<Record<string, unknown>[]> {
    const { rows } = await this.inside.query<{ body: Buffer }>(
      'select body from outbox where topic = $1 and body is not null order by id',
      [topic.name],
    );
    return rows.map((row) => JSON.parse(row.body.toString()) as Record<string, unknown>);
  }
}

/** A `Stripe-Signature` header, made by the SDK's own test helper. @param options.age seconds */
export function signed(body: string | Buffer, options: { secret?: string; age?: number } = {}): string {
  return stripe.webhooks.generateTestHeaderString({
    payload: body.toString(),
    secret: options.secret ?? SECRET,
    timestamp: Math.floor(Date.now() / 1000) - (options.age ?? 0),
  });
}

let drawn = 0;

/** An event as Stripe sends it: printed with two spaces. */
export function anEvent(changes: Record<string, unknown> = {}, object: Record<string, unknown> = {}): string {
  drawn += 1;
  return JSON.stringify(
    {
      id: `evt_${String(drawn).padStart(8, '0')}`,
      object: 'event',
      api_version: '2026-10-28.endive',
      created: Math.floor(Date.now() / 1000),
      data: { object: { id: `cus_${drawn}`, object: 'customer', email: 'ada@example.com', name: 'Ada', metadata: {}, ...object } },
      livemode: false,
      pending_webhooks: 1,
      request: { id: 'req_1', idempotency_key: 'key-1' },
      type: 'customer.created',
      ...changes,
    },
    null,
    2,
  );
}
