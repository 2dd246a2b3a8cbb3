import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ConnectionChanged,
  type DataOf,
  type Scope,
  StripeEventReceived,
  type Topic,
  type CatalogSyncChanged,
  type PlanVersionChanged,
} from '@turnpike/contracts-events';
import type { CatalogApplyResponse, PlanResponse, PlanVersionResponse } from '@turnpike/contracts-http';
import { startSandbox, type Sandbox } from '@turnpike/sandbox';
import { startService, type PostgresPool, type RunningService } from '@turnpike/service';
import { isJsonObject } from '@turnpike/stripe';
import { freshDatabases, letIn, StandInConnections, standInPlan, StandInWriter, until, type FreshDatabases } from '@turnpike/testing';
import Stripe from 'stripe';
import { catalog } from '../definition.js';

export const ACME: Scope = { organization: 'acme', environment: 'sandbox' };
const GLOBEX: Scope = { organization: 'globex', environment: 'sandbox' };
const JSON_BODY = { 'content-type': 'application/json' };
const WRITERS = ['connections', 'gateway'];

export interface Answer<B = Record<string, unknown>> {
  readonly status: number;
  readonly body: B;
}

/** `catalog` beside a Sandbox of its own, and stand-ins for `connections` and the gateway. */
export class StartedCatalog {
  private connectionVersion = 0;

  private constructor(
    readonly databases: FreshDatabases,
    private readonly folder: string,
    private readonly sandbox: Sandbox,
    readonly connections: StandInConnections,
    private readonly service: RunningService,
    private readonly url: string,
    private readonly writers: ReadonlyMap<string, StandInWriter>,
  ) {}

  static async start(): Promise<StartedCatalog> {
    const folder = mkdtempSync(join(tmpdir(), 'turnpike-catalog-'));
    const sandbox = await startSandbox({ data: folder });
    const connections = await StandInConnections.start();
    const databases = await freshDatabases([catalog.plan, ...WRITERS.map(standInPlan)]);
    await letIn(databases.inside('catalog'), { 'acme-key': ACME, 'globex-key': GLOBEX });
    const service = await startService(catalog, {
      DATABASE_URL: databases.of('catalog').url,
      INFRASTRUCTURE_DATABASE_URL: databases.of('catalog').infrastructureUrl,
      BUS_DATABASE_URL: databases.of('bus').infrastructureUrl,
      SERVICE_TOKEN: 'a-service-token-of-24-characters',
      WRITER_URLS: `connections=${connections.url}`,
      LOG_LEVEL: process.env['TEST_LOG'] ?? 'silent',
      PUBLIC_URL: 'https://billing.acme.example',
    });
    const url = await service.listen();
    const writers = new Map<string, StandInWriter>();
    for (const writer of WRITERS) writers.set(writer, await StandInWriter.start(databases, writer));
    return new StartedCatalog(databases, folder, sandbox, connections, service, url, writers);
  }

  async stop(): Promise<void> {
    for (const writer of this.writers.values()) await writer.stop();
    await this.service.stop();
    await this.connections.stop();
    await this.databases.drop();
    await this.sandbox.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get inside(): PostgresPool {
    return this.databases.inside('catalog');
  }

  /** The SDK for the account behind a connection of Acme's. */
  stripe(connectionId: string): Stripe {
    return new Stripe(keyOf(connectionId), { host: '127.0.0.1', port: this.sandbox.port, protocol: 'http', maxNetworkRetries: 0 });
  }

  /** A connection of Acme's, with an account of its own, comes to stand so. */
  async connection(
    connectionId: string,
    status: DataOf<typeof ConnectionChanged>['status'],
    { secretKey = keyOf(connectionId), mayWrite = true } = {},
  ): Promise<void> {
    this.connections.holds(ACME, connectionId, { status, secretKey, baseUrl: this.sandbox.url });
    this.connectionVersion += 1;
    await this.hear('connections', ConnectionChanged, {
      ...{ connectionId, status, statusReason: null, stripeAccountId: `acct_${connectionId}`, accountName: null, country: null },
      ...{
        defaultCurrency: null,
        livemode: false,
        ingestMode: 'polling',
        mayWrite,
        webhookEndpointId: null,
        secretsVersion: 1,
        removedAt: null,
      },
      version: { epoch: 1, n: this.connectionVersion },
    });
  }

  /** Announces events of a connection's account as the gateway would, in the order given. */
  async hearEvents(connectionId: string, events: readonly Stripe.Event[]): Promise<void> {
    await this.hear('gateway', StripeEventReceived, ...events.map((event) => received(connectionId, event)));
  }

  /** All events that a connection's account has made so far, oldest first. */
  async events(connectionId: string): Promise<Stripe.Event[]> {
    return (await this.stripe(connectionId).events.list({ limit: 100 }).autoPagingToArray({ limit: 1_000 })).toReversed();
  }

  async goesWrong(connectionId: string, kind: string, times: number, path = '/v1/'): Promise<void> {
    await this.operate('/faults', { account: keyOf(connectionId), match: { method: 'POST', path }, kind, times });
  }

  async operate(path: string, body: object): Promise<void> {
    const response = await fetch(`${this.sandbox.url}/_sandbox${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(await response.text());
  }

  async ask<B = Record<string, unknown>>(method: string, path: string, body?: unknown, key = 'acme-key'): Promise<Answer<B>> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'idempotency-key': randomUUID(), ...(body === undefined ? {} : JSON_BODY) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as B };
  }

  async apply(products: readonly object[], query = ''): Promise<CatalogApplyResponse> {
    const { status, body } = await this.ask<CatalogApplyResponse>('PUT', `/v1/catalog${query}`, { products });
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body;
  }

  /** The plan of this key of the product of that key, and its current version. */
  async plan(productKey: string, planKey: string): Promise<{ plan: PlanResponse; version: PlanVersionResponse }> {
    const list = async <B>(path: string) => (await this.ask<{ data: B[] }>('GET', path)).body.data;
    const [product] = await list<{ id: string }>(`/v1/products?key=${productKey}`);
    const [plan] = await list<PlanResponse>(`/v1/plans?product=${product?.id}&key=${planKey}`);
    if (!plan) throw new Error(`There is no plan ${planKey}.`);
    return { plan, version: (await this.ask<PlanVersionResponse>('GET', `/v1/plan_versions/${plan.currentVersionId}`)).body };
  }

  /** Waits until everything of a plan stands so on a connection. */
  async untilSynced(connectionId: string, productKey: string, planKey: string, status = 'synced'): Promise<void> {
    await until(`${productKey} ${planKey} is ${status} on ${connectionId}`, async () => {
      const { plan, version } = await this.plan(productKey, planKey);
      const all = [plan.sync, ...version.prices.map(({ sync }) => sync)];
      return all.every((sync) => sync.some((one) => one.connectionId === connectionId && one.status === status));
    });
  }

  /** Waits until nothing is in doubt, and no job waits that is due. */
  async untilQuiet(): Promise<void> {
    await until('everything is settled', async () => {
      const { rows } = await this.inside.query<{ n: string }>(
        `select (select count(*) from fetch_due) + (select count(*) from pgboss.job where state in ('created', 'retry', 'active')
           and name in ('sync-plan', 'fill-connection', 'send-intent')) as n`,
      );
      return Number(rows[0]?.n) === 0;
    });
  }

  /** All that was told, oldest first. */
  async toldVersions(): Promise<PlanVersionChanged[]> {
    return this.told<PlanVersionChanged>('catalog.plan-version.changed.v1');
  }

  async toldSync(): Promise<CatalogSyncChanged[]> {
    return this.told<CatalogSyncChanged>('catalog.sync.changed.v1');
  }

  private async told<D>(topic: string): Promise<D[]> {
    const { rows } = await this.inside.query<{ body: Buffer }>('select body from outbox where topic = $1 order by id', [topic]);
    return rows.map(({ body }) => JSON.parse(body.toString()) as D);
  }

  private async hear<T extends Topic>(name: string, topic: T, ...facts: readonly DataOf<T>[]): Promise<void> {
    const writer = this.writers.get(name);
    if (!writer) throw new Error(`Nobody stands in for ${name}.`);
    await writer.announce(topic, ACME, ...facts);
    await until(`${topic.name} is read`, () => writer.isReadBy('catalog', [topic]));
  }
}

export function keyOf(connectionId: string): string {
  return `sk_test_of_acme_${connectionId}`;
}

function received(connectionId: string, event: Stripe.Event): StripeEventReceived {
  const { object, previous_attributes: previous } = JSON.parse(JSON.stringify(event.data)) as {
    object: Record<string, never>;
    previous_attributes?: Record<string, never>;
  };
  return {
    connectionId,
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
    request: { id: event.request?.id ?? null, idempotencyKey: event.request?.idempotency_key ?? null },
    receivedAt: new Date().toISOString(),
  };
}
