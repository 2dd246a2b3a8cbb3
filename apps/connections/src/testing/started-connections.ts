import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scope } from '@turnpike/contracts-events';
import type { ConnectionResponse } from '@turnpike/contracts-http';
import { startSandbox, type Sandbox } from '@turnpike/sandbox';
import { startService, type DeclarationFile, type PostgresPool, type RunningService } from '@turnpike/service';
import { freshDatabases, letIn, type FreshDatabases } from '@turnpike/testing';
import { connections } from '../definition.js';

export const SERVICE_TOKEN = 'a-service-token-of-24-characters';
export const ACME: Scope = { organization: 'acme', environment: 'sandbox' };
/** Nothing listens there: the Sandbox's deliveries are not this service's to answer. */
const SELF_URL = 'http://127.0.0.1:9';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export interface StartOptions {
  readonly declared?: DeclarationFile;
  readonly environment?: Readonly<Record<string, string>>;
}

/** `connections` with databases of its own on a free port, and a Sandbox in the place of Stripe. */
export class StartedConnections {
  private running: { readonly service: Pick<RunningService, 'stop'>; readonly url: string } | null = null;

  private constructor(
    readonly databases: FreshDatabases,
    readonly sandbox: Sandbox,
    private readonly folder: string,
    readonly environment: Readonly<Record<string, string>>,
  ) {}

  static async start({ declared = { organizations: [] }, environment = {} }: StartOptions = {}): Promise<StartedConnections> {
    const databases = await freshDatabases([connections.plan]);
    const folder = mkdtempSync(join(tmpdir(), 'turnpike-connections-'));
    const sandbox = await startSandbox({ data: join(folder, 'sandbox'), retryAfterMs: [] });
    const declaration = join(folder, 'declaration.json');
    writeFileSync(declaration, JSON.stringify(declared));
    const started = new StartedConnections(databases, sandbox, folder, {
      DATABASE_URL: databases.of('connections').url,
      INFRASTRUCTURE_DATABASE_URL: databases.of('connections').infrastructureUrl,
      BUS_DATABASE_URL: databases.of('bus').infrastructureUrl,
      DECLARATION: declaration,
      SERVICE_TOKEN,
      SECRETS_KEY: randomBytes(32).toString('base64'),
      STRIPE_SANDBOX_URL: sandbox.url,
      SELF_URL,
      LOG_LEVEL: process.env['TEST_LOG'] ?? 'silent',
      ...environment,
    });
    await letIn(started.inside, {
      'acme-sandbox-key': ACME,
      'acme-test-key': { organization: 'acme', environment: 'test' },
      'acme-live-key': { organization: 'acme', environment: 'live' },
      'globex-sandbox-key': { organization: 'globex', environment: 'sandbox' },
    });
    await started.restart();
    return started;
  }

  /** Starts it (again) on the same databases. */
  async restart(changes: Readonly<Record<string, string>> = {}, declared?: DeclarationFile): Promise<void> {
    await this.running?.service.stop();
    this.running = null;
    if (declared) writeFileSync(this.environment['DECLARATION'] ?? '', JSON.stringify(declared));
    const service = await startService(connections, { ...this.environment, ...changes });
    this.running = { service, url: await service.listen() };
  }

  /** Another process takes the place of the service that runs here: it does the jobs, and is asked. */
  async leaveTo(url: string): Promise<void> {
    await this.running?.service.stop();
    this.running = { service: { stop: async () => undefined }, url };
  }

  async stop(): Promise<void> {
    await this.running?.service.stop();
    await this.sandbox.stop();
    await this.databases.drop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get url(): string {
    if (!this.running) throw new Error('connections does not run.');
    return this.running.url;
  }

  /** The administrator's pool: sees all organizations. */
  get inside(): PostgresPool {
    return this.databases.inside('connections');
  }

  async ask(method: string, path: string, body?: unknown, key = 'acme-sandbox-key'): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(method === 'POST' ? { 'idempotency-key': randomBytes(8).toString('hex') } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Record<string, unknown> };
  }

  /** Makes a connection and waits for the end of its first verification. */
  async connect(keys: { secretKey: string; publishableKey: string }, more: object = {}, key?: string): Promise<ConnectionResponse> {
    const { status, body } = await this.ask('POST', '/v1/connections', { ...keys, ...more }, key);
    if (status !== 201) throw new Error(`The connection was refused: ${JSON.stringify(body)}`);
    return this.eventually(String(body['id']), (connection) => connection.status !== 'verifying', key);
  }

  async one(id: string, key?: string): Promise<ConnectionResponse> {
    return (await this.ask('GET', `/v1/connections/${id}`, undefined, key)).body as unknown as ConnectionResponse;
  }

  async eventually(id: string, isSo: (connection: ConnectionResponse) => boolean, key?: string): Promise<ConnectionResponse> {
    const end = Date.now() + 20_000;
    for (;;) {
      const connection = await this.one(id, key);
      if (isSo(connection)) return connection;
      if (Date.now() > end) throw new Error(`Waited in vain. It is: ${JSON.stringify(connection)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** The internal door, as another service knocks at it. */
  async credentials(id: string, scope: Scope = ACME, token = SERVICE_TOKEN): Promise<Answer> {
    const response = await fetch(`${this.url}/internal/connections/${id}/credentials`, {
      headers: {
        authorization: `Bearer ${token}`,
        'turnpike-organization': scope.organization,
        'turnpike-environment': scope.environment,
      },
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Record<string, unknown> };
  }

  /** What was announced, in the order of the outbox. */
  async announced(): Promise<Record<string, unknown>[]> {
    const { rows } = await this.inside.query<{ body: Buffer }>('select body from outbox order by id');
    return rows.map((row) => JSON.parse(row.body.toString()) as Record<string, unknown>);
  }

  async rows(table: string): Promise<Record<string, unknown>[]> {
    return (await this.inside.query<Record<string, unknown>>(`select * from ${table}`)).rows;
  }

  /** A request to Stripe's own API, as the account's owner would make it. */
  async atStripe(method: string, path: string, key: string): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.sandbox.url}${path}`, { method, headers: { authorization: `Bearer ${key}` } });
    return (await response.json()) as Record<string, unknown>;
  }

  /** One of the Sandbox's own doors: what its operator may do to an account. */
  async operator(door: string, body: object): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.sandbox.url}/_sandbox/${door}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`The Sandbox refused: ${await response.text()}`);
    return (await response.json()) as Record<string, unknown>;
  }

  /** A restricted key of the account that this secret key belongs to. */
  async restrictedKey(secretKey: string, permissions: Readonly<Record<string, 'none' | 'read' | 'write'>>): Promise<string> {
    return String((await this.operator('restricted_keys', { account: secretKey, permissions }))['key']);
  }

  async endpointsAtStripe(key: string): Promise<Record<string, unknown>[]> {
    return (await this.atStripe('GET', '/v1/webhook_endpoints?limit=100', key))['data'] as Record<string, unknown>[];
  }
}

/** Keys of an account that nobody has used before. */
export function someKeys(): { secretKey: string; publishableKey: string } {
  const part = randomBytes(12).toString('hex');
  return { secretKey: `sk_test_${part}`, publishableKey: `pk_test_${part}` };
}
