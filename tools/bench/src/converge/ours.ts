import { randomBytes } from 'node:crypto';
import { catalog } from '@turnpike/catalog';
import type { Scope } from '@turnpike/contracts-events';
import { customers } from '@turnpike/customers';
import { gateway } from '@turnpike/gateway';
import type { DatabasePlan, PostgresPool, ProvisionedDatabase } from '@turnpike/service';
import { StandInConnections } from '@turnpike/testing';
import { Child } from '../child.js';
import { until } from '../cluster.js';
import type { OursSettings, ServiceName } from './ours-child.js';
import type { StripeAccount } from './stripe-account.js';

export const PLANS: readonly DatabasePlan[] = [gateway.plan, customers.plan, catalog.plan];
export const SECRET = 'whsec_of_the_model_of_stripe';
const EVENTS = 'gateway.stripe-event.received.v1';
const READERS = ['customers', 'catalog'] as const;
const ORGANIZATIONS = 4;
const PATIENCE = { everyMs: 100, withinMs: 180_000 };

/** Where our services' databases are, and a look into them as the administrator. `FreshDatabases` is one. */
export interface Databases {
  of(service: string): ProvisionedDatabase;
  inside(service: string): PostgresPool;
}

export interface OursOptions {
  readonly databases: Databases;
  readonly accounts: readonly StripeAccount[];
  /** The model's API. */
  readonly stripeUrl: string;
  /** What `connections` shares out of an account's rate, in requests a second. */
  readonly ratePerSecond: number;
  /** Null: wherever there is room. */
  readonly core: number | null;
  readonly settings: Readonly<Record<string, string>>;
}

/** Turnpike's way from a webhook to the rows, in a process that can be killed and comes back. */
export class Ours {
  private child: Child;
  private url = '';
  kills = 0;

  private constructor(
    private readonly options: OursOptions,
    private readonly connections: StandInConnections,
    private readonly given: OursSettings,
  ) {
    this.child = this.begun();
  }

  static async start(options: OursOptions): Promise<Ours> {
    const { accounts, databases, ratePerSecond, stripeUrl } = options;
    const connections = await StandInConnections.start();
    connections.mostPerSecond = ratePerSecond;
    for (const account of accounts) {
      const [scope, id] = [scopeOf(account), connectionOf(account.number)];
      await connections.receives(databases.inside('gateway'), scope, id, [SECRET]);
      connections.holds(scope, id, { status: 'verified', secretKey: `sk_test_of_A${account.number}`, baseUrl: stripeUrl });
    }
    await databases.inside('gateway').query(`update known_connection set status = 'verified'`);
    const token = randomBytes(24).toString('base64url');
    const ofService = (service: ServiceName) => ({
      DATABASE_URL: databases.of(service).url,
      INFRASTRUCTURE_DATABASE_URL: databases.of(service).infrastructureUrl,
      BUS_DATABASE_URL: databases.of('bus').infrastructureUrl,
      WRITER_URLS: `connections=${connections.url}`,
      SERVICE_TOKEN: token,
      PUBLIC_URL: 'https://billing.acme.example',
      WEBHOOK_BODY_KEY: randomBytes(32).toString('base64'),
      LOG_LEVEL: 'error',
      ...options.settings,
    });
    const given = { gateway: ofService('gateway'), customers: ofService('customers'), catalog: ofService('catalog') };
    const ours = new Ours(options, connections, given);
    ours.url = await ours.child.ask<string>('start');
    // From its first look at an account on, the sweep finds what no webhook brings.
    await until('every account was looked at', async () => (await ours.accountsSwept()) >= accounts.length, PATIENCE);
    return ours;
  }

  /** Where Stripe sends an account's events. */
  urlOf(account: number): string {
    return `${this.url}/webhooks/stripe/${connectionOf(account)}`;
  }

  /** Ends the process as a power cut does, and starts it again. */
  async isKilled(): Promise<void> {
    this.kills += 1;
    await this.child.kill();
    await this.comesBack();
  }

  /** Ends the process as a deployment does, and starts it again. */
  async isRestarted(): Promise<void> {
    await this.child.stop();
    await this.comesBack();
  }

  /** Events that were announced and are not applied by every reader. */
  async lag(): Promise<number> {
    const { databases } = this.options;
    const { rows: heads } = await databases
      .inside('bus')
      .query<{ partition: number; number: string }>(
        `select partition, number from relay_partition where service = 'gateway' and topic = $1`,
        [EVENTS],
      );
    let most = 0;
    for (const reader of READERS) {
      const { rows: places } = await databases
        .inside(reader)
        .query<{ partition: number; next_offset: string }>(
          `select partition, next_offset from place where organization = '' and topic = $1`,
          [EVENTS],
        );
      const next = new Map(places.map((row) => [row.partition, Number(row.next_offset)]));
      most = Math.max(
        most,
        heads.reduce((sum, { partition, number }) => sum + Math.max(0, Number(number) + 1 - (next.get(partition) ?? 1)), 0),
      );
    }
    return most;
  }

  /** What is left to be done: events on their way, and objects in doubt. All 0: nothing will change any more. */
  async left(): Promise<{ unsent: number; unread: number; inDoubt: number }> {
    const { databases } = this.options;
    const told = await numberOf(databases.inside('gateway'), 'select count(*) as n from outbox where topic = $1', [EVENTS]);
    const sent = await numberOf(
      databases.inside('bus'),
      `select coalesce(sum(number), 0) as n from relay_partition where service = 'gateway' and topic = $1`,
      [EVENTS],
    );
    let inDoubt = 0;
    for (const reader of READERS) inDoubt += await numberOf(databases.inside(reader), 'select count(*) as n from fetch_due');
    return { unsent: told - sent, unread: await this.lag(), inDoubt };
  }

  private accountsSwept(): Promise<number> {
    return numberOf(this.options.databases.inside('gateway'), 'select count(*) as n from event_cursor where known_until is not null');
  }

  /** Distinct events that are stored. */
  events(): Promise<number> {
    return numberOf(this.options.databases.inside('gateway'), 'select count(*) as n from stripe_event');
  }

  async stop(): Promise<void> {
    await this.child.stop();
    await this.connections.stop();
  }

  private begun(): Child {
    return Child.start(new URL('./ours-child.ts', import.meta.url), this.options.core, this.given);
  }

  private async comesBack(): Promise<void> {
    this.child = this.begun();
    this.url = await this.child.ask<string>('start');
  }
}

export function connectionOf(account: number): string {
  return `account-${account}`;
}

function scopeOf({ number }: StripeAccount): Scope {
  return { organization: `org-${number % ORGANIZATIONS}`, environment: 'sandbox' };
}

async function numberOf(pool: PostgresPool, query: string, parameters: unknown[] = []): Promise<number> {
  const { rows } = await pool.query<{ n: string }>(query, parameters);
  return Number(rows[0]?.n ?? 0);
}
