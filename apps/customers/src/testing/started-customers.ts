import { randomUUID } from 'node:crypto';
import type { Scope, StripeEventReceived } from '@turnpike/contracts-events';
import { startService, type PostgresPool, type RunningService } from '@turnpike/service';
import { freshDatabases, letIn, type FreshDatabases } from '@turnpike/testing';
import { customers } from '../definition.js';
import { StandInGateway, standInPlan } from './stand-in-gateway.js';

export const SERVICE_TOKEN = 'a-service-token-of-24-characters';
export const ACME_TEST: Scope = { organization: 'acme', environment: 'test' };
export const ACME_LIVE: Scope = { organization: 'acme', environment: 'live' };
export const ACME_SANDBOX: Scope = { organization: 'acme', environment: 'sandbox' };
export const GLOBEX_TEST: Scope = { organization: 'globex', environment: 'test' };

const CALLERS = {
  'acme-test-key': ACME_TEST,
  'acme-live-key': ACME_LIVE,
  'acme-sandbox-key': ACME_SANDBOX,
  'globex-test-key': GLOBEX_TEST,
};

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** `customers` with databases of its own on a free port, behind a stand-in for the gateway that announces what a test says. */
export class StartedCustomers {
  private constructor(
    readonly databases: FreshDatabases,
    readonly environment: Readonly<Record<string, string>>,
    readonly service: RunningService,
    readonly url: string,
    private readonly gateway: StandInGateway,
  ) {}

  /**
   * @param connectionsUrl where the door of `connections` is; without one Stripe can not be asked, and what is in doubt stays so
   * @param changes of its settings
   */
  static async start(connectionsUrl?: string, changes: Readonly<Record<string, string>> = {}): Promise<StartedCustomers> {
    const databases = await freshDatabases([customers.plan, standInPlan]);
    await letIn(databases.inside('customers'), CALLERS);
    const environment = {
      DATABASE_URL: databases.of('customers').url,
      INFRASTRUCTURE_DATABASE_URL: databases.of('customers').infrastructureUrl,
      BUS_DATABASE_URL: databases.of('bus').infrastructureUrl,
      SERVICE_TOKEN,
      WRITER_URLS: connectionsUrl === undefined ? '' : `connections=${connectionsUrl}`,
      LOG_LEVEL: process.env['TEST_LOG'] ?? 'silent',
      ...changes,
    };
    const service = await startService(customers, environment);
    const url = await service.listen();
    const gateway = await StandInGateway.start(databases);
    return new StartedCustomers(databases, environment, service, url, gateway);
  }

  /** Another process of the same service, as far as anybody can tell. */
  replica(): Promise<RunningService> {
    return startService(customers, this.environment);
  }

  async stop(): Promise<void> {
    await this.gateway.stop();
    await this.service.stop();
    await this.databases.drop();
  }

  /** The administrator's pool: sees all organizations. */
  get inside(): PostgresPool {
    return this.databases.inside('customers');
  }

  /** Announces events in one transaction each organization, as a gateway would, and waits until all that was announced has been read. */
  async hear(scope: Scope, ...events: StripeEventReceived[]): Promise<void> {
    await this.gateway.announce(scope, events);
    await this.settled();
  }

  /** Announces without waiting. */
  async tell(scope: Scope, ...events: StripeEventReceived[]): Promise<void> {
    await this.gateway.announce(scope, events);
  }

  /** Waits until the place of every partition has reached its head on the bus. */
  async settled(): Promise<void> {
    await until('everything announced is read', async () => {
      const sent = await this.gateway.unsent();
      if (sent > 0) return false;
      const { rows: heads } = await this.databases
        .inside('bus')
        .query<{ partition: number; number: string }>(`select partition, number from relay_partition where service = 'gateway'`);
      const { rows: places } = await this.inside.query<{ partition: number; next_offset: string }>(
        `select partition, next_offset from place where organization = '' and topic = 'gateway.stripe-event.received.v1'`,
      );
      const place = new Map(places.map((row) => [row.partition, BigInt(row.next_offset)]));
      return heads.every((head) => (place.get(head.partition) ?? 0n) > BigInt(head.number));
    });
  }

  async rows<R extends Record<string, unknown>>(text: string, parameters: unknown[] = []): Promise<R[]> {
    return (await this.inside.query<R>(text, parameters)).rows;
  }

  /** What was announced on a topic, in the order of the outbox. */
  async announced<D>(topic: string): Promise<D[]> {
    const { rows } = await this.inside.query<{ body: Buffer }>('select body from outbox where topic = $1 order by id', [topic]);
    return rows.map((row) => JSON.parse(row.body.toString()) as D);
  }

  async get(path: string, key = 'acme-test-key'): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, { headers: { authorization: `Bearer ${key}` } });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  async post(path: string, body: unknown, token = SERVICE_TOKEN): Promise<Answer> {
    return this.send('POST', path, body, token);
  }

  /** A request that changes something, under an idempotency key of its own. */
  async send(method: 'POST' | 'PATCH' | 'PUT' | 'DELETE', path: string, body?: unknown, token = 'acme-test-key'): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'idempotency-key': randomUUID(),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  async metrics(): Promise<string> {
    return (await fetch(`${this.url}/metrics`)).text();
  }
}

export async function until(what: string, isSo: () => Promise<boolean>, withinMs = 30_000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`Waited ${withinMs / 1000} s in vain: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
