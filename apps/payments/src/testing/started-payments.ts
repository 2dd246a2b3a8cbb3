import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HistoryGapFound, type Scope, StripeEventReceived } from '@turnpike/contracts-events';
import { startSandbox, type Sandbox } from '@turnpike/sandbox';
import { startService, type PostgresPool, type RunningService } from '@turnpike/service';
import { isJsonObject } from '@turnpike/stripe';
import { freshDatabases, letIn, StandInConnections, standInPlan, StandInWriter, until, type FreshDatabases } from '@turnpike/testing';
import Stripe from 'stripe';
import { payments } from '../definition.js';

export const ACME: Scope = { organization: 'acme', environment: 'sandbox' };
export const GLOBEX: Scope = { organization: 'globex', environment: 'sandbox' };
export const CONNECTION = 'con_1';
const SECRET_KEY = 'sk_test_of_acme_in_the_sandbox';

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** `payments` beside a Sandbox of its own, and a stand-in for the gateway that announces the Sandbox's events. */
export class StartedPayments {
  readonly stripe: Stripe;

  private constructor(
    readonly databases: FreshDatabases,
    private readonly folder: string,
    private readonly sandbox: Sandbox,
    readonly connections: StandInConnections,
    private readonly service: RunningService,
    readonly url: string,
    private readonly gateway: StandInWriter,
  ) {
    this.stripe = new Stripe(SECRET_KEY, { host: '127.0.0.1', port: sandbox.port, protocol: 'http', maxNetworkRetries: 0 });
  }

  static async start(): Promise<StartedPayments> {
    const folder = mkdtempSync(join(tmpdir(), 'turnpike-payments-'));
    const sandbox = await startSandbox({ data: folder });
    const connections = await StandInConnections.start();
    connections.holds(ACME, CONNECTION, { secretKey: SECRET_KEY, baseUrl: sandbox.url });
    const databases = await freshDatabases([payments.plan, standInPlan('gateway')]);
    await letIn(databases.inside('payments'), { 'acme-key': ACME, 'globex-key': GLOBEX });
    const service = await startService(payments, {
      DATABASE_URL: databases.of('payments').url,
      INFRASTRUCTURE_DATABASE_URL: databases.of('payments').infrastructureUrl,
      BUS_DATABASE_URL: databases.of('bus').infrastructureUrl,
      SERVICE_TOKEN: 'a-service-token-of-24-characters',
      WRITER_URLS: `connections=${connections.url}`,
      LOG_LEVEL: process.env['TEST_LOG'] ?? 'silent',
    });
    const url = await service.listen();
    const gateway = await StandInWriter.start(databases, 'gateway');
    return new StartedPayments(databases, folder, sandbox, connections, service, url, gateway);
  }

  async stop(): Promise<void> {
    await this.gateway.stop();
    await this.service.stop();
    await this.connections.stop();
    await this.databases.drop();
    await this.sandbox.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get inside(): PostgresPool {
    return this.databases.inside('payments');
  }

  /** Announces events of the Sandbox as the gateway would, in the order given. */
  async hear(...events: readonly Stripe.Event[]): Promise<void> {
    await this.gateway.announce(StripeEventReceived, ACME, ...events.map(received));
    await until('everything announced is read', () => this.gateway.isReadBy('payments', [StripeEventReceived]));
  }

  /** The gateway says that no event will tell what happened before now. */
  async historyGap(): Promise<void> {
    const gap = {
      gapId: 'gap_1',
      connectionId: CONNECTION,
      from: null,
      until: new Date().toISOString(),
      because: 'new_connection' as const,
    };
    await this.gateway.announce(HistoryGapFound, ACME, gap);
    await until('the gap is read', () => this.gateway.isReadBy('payments', [HistoryGapFound]));
  }

  /** Waits until no fill is under way and nothing is in doubt. */
  async filled(): Promise<Record<string, unknown>[]> {
    await until(
      'everything is filled',
      async () => {
        const { rows } = await this.inside.query<{ n: string }>(
          `select (select count(*) from fill where purpose = 'fill' and finished_at is null) + (select count(*) from fetch_due) as n`,
        );
        return Number(rows[0]?.n) === 0;
      },
      90_000,
    );
    return this.list('/v1/payment_fills?purpose=fill');
  }

  /** All events that the Sandbox has made so far, oldest first. */
  async events(): Promise<Stripe.Event[]> {
    return (await this.stripe.events.list({ limit: 100 }).autoPagingToArray({ limit: 1_000 })).toReversed();
  }

  async get(path: string, key = 'acme-key'): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, { headers: { authorization: `Bearer ${key}` } });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  async list(path: string, key = 'acme-key'): Promise<Record<string, unknown>[]> {
    return (await this.get(path, key)).body['data'] as Record<string, unknown>[];
  }
}

function received(event: Stripe.Event): StripeEventReceived {
  const { object, previous_attributes: previous } = JSON.parse(JSON.stringify(event.data)) as {
    object: Record<string, never>;
    previous_attributes?: Record<string, never>;
  };
  return {
    connectionId: CONNECTION,
    eventId: event.id,
    type: event.type,
    created: event.created,
    createdAt: new Date(event.created * 1000).toISOString(),
    apiVersion: event.api_version,
    livemode: event.livemode,
    account: null,
    objectType: String(object['object']),
    objectId: typeof object['id'] === 'string' ? object['id'] : null,
    object: isJsonObject(object) ? object : null,
    previousAttributes: previous ?? null,
    request: null,
    receivedAt: new Date().toISOString(),
  };
}
