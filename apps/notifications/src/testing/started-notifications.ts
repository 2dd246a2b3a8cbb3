import type { DataOf, Scope, Topic } from '@turnpike/contracts-events';
import { AccessChanged, ClockChanged, CustomerChanged, InvoiceChanged, SubscriptionChanged, writerOf } from '@turnpike/contracts-events';
import { startService, type PostgresPool, type RunningService } from '@turnpike/service';
import { freshDatabases, letIn, standInPlan, StandInWriter, until, type FreshDatabases } from '@turnpike/testing';
import { notifications } from '../definition.js';

export const SANDBOX: Scope = { organization: 'acme', environment: 'sandbox' };
export const LIVE: Scope = { organization: 'acme', environment: 'live' };
export const GLOBEX: Scope = { organization: 'globex', environment: 'sandbox' };
const CALLERS = { 'acme-key': SANDBOX, 'acme-live-key': LIVE, 'globex-key': GLOBEX };

const WRITERS = ['customers', 'payments', 'entitlements'];
const HEARD = [CustomerChanged, SubscriptionChanged, ClockChanged, InvoiceChanged, AccessChanged];

/** A mail as the mailbox or the list of notifications shows it. */
export interface Told {
  readonly id: string;
  readonly notificationScope: string;
  readonly status: string;
  readonly channel: string;
  readonly subject: string;
  readonly recipient: string | null;
  readonly messageId: string;
  readonly attempts: number;
  readonly lastError: string | null;
}

/** `notifications` with databases of its own, beside stand-ins for those whom it hears. */
export class StartedNotifications {
  private constructor(
    readonly databases: FreshDatabases,
    private readonly environment: Readonly<Record<string, string>>,
    private running: { service: RunningService; url: string },
    private readonly writers: ReadonlyMap<string, StandInWriter>,
  ) {}

  static async start(changes: Readonly<Record<string, string>> = {}): Promise<StartedNotifications> {
    const databases = await freshDatabases([notifications.plan, ...WRITERS.map(standInPlan)]);
    await letIn(databases.inside('notifications'), CALLERS);
    const environment = {
      DATABASE_URL: databases.of('notifications').url,
      INFRASTRUCTURE_DATABASE_URL: databases.of('notifications').infrastructureUrl,
      BUS_DATABASE_URL: databases.of('bus').infrastructureUrl,
      SERVICE_TOKEN: 'a-service-token-of-24-characters',
      LOG_LEVEL: process.env['TEST_LOG'] ?? 'silent',
      MAIL_FROM: 'Acme <billing@acme.example>',
      ...changes,
    };
    const writers = new Map<string, StandInWriter>();
    for (const writer of WRITERS) writers.set(writer, await StandInWriter.start(databases, writer));
    return new StartedNotifications(databases, environment, await started(environment), writers);
  }

  /** Starts it again on the same databases. */
  async restart(changes: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.running.service.stop();
    this.running = await started({ ...this.environment, ...changes });
  }

  async stop(): Promise<void> {
    for (const writer of this.writers.values()) await writer.stop();
    await this.running.service.stop();
    await this.databases.drop();
  }

  get inside(): PostgresPool {
    return this.databases.inside('notifications');
  }

  /** Announces in the name of the topic's writer and waits until it was read. */
  async hear<T extends Topic>(topic: T, scope: Scope, ...facts: readonly DataOf<T>[]): Promise<void> {
    const writer = this.writers.get(writerOf(topic.name));
    if (!writer) throw new Error(`Nobody stands in for the writer of ${topic.name}.`);
    await writer.announce(topic, scope, ...facts);
    await until(`${topic.name} is read`, () => writer.isReadBy('notifications', HEARD));
  }

  async get(path: string, key = 'acme-key'): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await fetch(`${this.running.url}${path}`, { headers: { authorization: `Bearer ${key}` } });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  async put(path: string, body: unknown, key = 'acme-key'): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await fetch(`${this.running.url}${path}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  page(path: string): Promise<Response> {
    return fetch(`${this.running.url}${path}`);
  }

  async told(key = 'acme-key', list = 'notifications'): Promise<Told[]> {
    return (await this.get(`/v1/${list}?limit=100`, key)).body['data'] as Told[];
  }
}

async function started(environment: Readonly<Record<string, string>>): Promise<{ service: RunningService; url: string }> {
  const service = await startService(notifications, environment);
  return { service, url: await service.listen() };
}
