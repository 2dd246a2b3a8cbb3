import { fork, type ChildProcess } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { customers } from '@turnpike/customers';
import { gateway } from '@turnpike/gateway';
import { startKafka, type LocalKafka } from '@turnpike/local-kafka';
import { ensureTopics } from '@turnpike/messaging';
import { freshDatabases, StandInConnections, type FreshDatabases } from '@turnpike/testing';

const CHECKOUT = join(import.meta.dirname, '..', '..', '..');
const SECRET = 'whsec_signed_by_a_test_that_plays_stripe';
const ORGANIZATIONS = ['acme', 'globex'];

export interface ServiceProcess {
  readonly name: string;
  readonly pid: number;
  readonly url: string;
  isRunning(): boolean;
  kill(): Promise<void>;
}

/** The real services as processes on a Kafka of their own, which a test may kill. */
export class ProcessesOnKafka {
  private readonly processes: Array<ServiceProcess & { child: ChildProcess }> = [];

  private constructor(
    private readonly folder: string,
    readonly databases: FreshDatabases,
    readonly kafka: LocalKafka,
    private readonly connections: StandInConnections,
  ) {}

  static async open(): Promise<ProcessesOnKafka> {
    const folder = mkdtempSync(join(tmpdir(), 'turnpike-e2e-'));
    chmodSync(folder, 0o755);
    const databases = await freshDatabases([gateway.plan, customers.plan]);
    const connections = await StandInConnections.start();
    for (const organization of ORGANIZATIONS)
      await connections.receives(databases.inside('gateway'), { organization, environment: 'test' }, `conn_${organization}`, [SECRET]);
    const kafka = await startKafka({ directory: join(folder, 'kafka') });
    await ensureTopics({ brokers: kafka.brokers });
    return new ProcessesOnKafka(folder, databases, kafka, connections);
  }

  async start(name: 'gateway' | 'customers'): Promise<ServiceProcess> {
    const { url, infrastructureUrl } = this.databases.of(name);
    const child = fork(join(CHECKOUT, 'apps', name, 'src', 'main.ts'), [], {
      cwd: CHECKOUT,
      execArgv: ['--conditions=@turnpike/source', '--import', join(CHECKOUT, 'tools', 'loader.mjs')],
      stdio: ['ignore', process.env['E2E_LOG'] ? 'inherit' : 'ignore', 'inherit', 'ipc'],
      env: {
        DATABASE_URL: url,
        INFRASTRUCTURE_DATABASE_URL: infrastructureUrl,
        KAFKA_BROKERS: this.kafka.brokers.join(','),
        KAFKA_SESSION_TIMEOUT_MS: '6000',
        WRITER_URLS: `connections=${this.connections.url}`,
        SERVICE_TOKEN: 'a-service-token-of-a-test',
        WEBHOOK_BODY_KEY: randomBytes(32).toString('base64'),
        LOG_LEVEL: 'warn',
      },
    });
    const listening = await new Promise<string>((resolve, reject) => {
      child.on('message', (message: { listening?: string }) => message.listening && resolve(message.listening));
      child.once('exit', (code) => reject(new Error(`${name} did not start (exit ${code}).`)));
    });
    const started = {
      name,
      pid: child.pid!,
      url: listening,
      child,
      isRunning: () => child.exitCode === null && child.signalCode === null,
      kill: () => ended(child, 'SIGKILL'),
    };
    this.processes.push(started);
    return started;
  }

  /** One delivery as Stripe would make it. @returns the status of the answer */
  async deliver(gatewayUrl: string, connection: string, event: object): Promise<number> {
    const body = JSON.stringify(event);
    const at = Math.floor(Date.now() / 1000);
    const signature = createHmac('sha256', SECRET).update(`${at}.${body}`).digest('hex');
    const response = await fetch(`${gatewayUrl}/webhooks/stripe/${connection}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'stripe-signature': `t=${at},v1=${signature}` },
      body,
      signal: AbortSignal.timeout(10_000),
    });
    await response.arrayBuffer();
    return response.status;
  }

  async close(): Promise<void> {
    await Promise.all(this.processes.map(({ child }) => ended(child, 'SIGTERM')));
    await this.kafka.stop();
    await this.connections.stop();
    await this.databases.drop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const CONNECTIONS = ORGANIZATIONS.map((organization) => `conn_${organization}`);

/** A `customer.created` event of the newest shape. */
export function customerCreated(id: string): object {
  const created = Math.floor(Date.now() / 1000);
  return {
    id: `evt_${id}`,
    object: 'event',
    api_version: '2026-10-28.endive',
    created,
    data: {
      object: {
        id: `cus_${id}`,
        object: 'customer',
        created,
        email: `${id}@example.com`,
        name: id,
        currency: null,
        livemode: false,
        metadata: {},
      },
    },
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type: 'customer.created',
  };
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill(signal);
  await exit;
}
