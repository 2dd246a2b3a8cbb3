import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OrganizationCreatedResponse } from '@turnpike/contracts-http';
import { startService, type PostgresPool, type RunningService } from '@turnpike/service';
import { freshDatabases, type FreshDatabases } from '@turnpike/testing';
import { organizations } from '../definition.js';

export const SERVICE_TOKEN = 'a-service-token-of-24-characters';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** `organizations` with databases of its own on a free port; it can be stopped and started again on them. */
export class StartedOrganizations {
  private service: RunningService | null = null;
  private url = '';

  private constructor(
    readonly databases: FreshDatabases,
    private readonly folder: string,
  ) {}

  static async start(environment: Record<string, string> = {}, declared?: object): Promise<StartedOrganizations> {
    const world = new StartedOrganizations(
      await freshDatabases([organizations.plan]),
      mkdtempSync(join(tmpdir(), 'turnpike-organizations-')),
    );
    await world.startAgain(environment, declared);
    return world;
  }

  /** @param declared what the declared file says; undefined: there is none */
  async startAgain(environment: Record<string, string> = {}, declared?: object): Promise<void> {
    await this.service?.stop();
    this.service = null;
    const file = join(this.folder, 'declaration.json');
    if (declared) writeFileSync(file, JSON.stringify(declared));
    this.service = await startService(organizations, {
      DATABASE_URL: this.databases.of('organizations').url,
      INFRASTRUCTURE_DATABASE_URL: this.databases.of('organizations').infrastructureUrl,
      BUS_DATABASE_URL: this.databases.of('bus').infrastructureUrl,
      ...(declared ? { DECLARATION: file } : {}),
      SERVICE_TOKEN,
      LOG_LEVEL: process.env['TEST_LOG'] ?? 'silent',
      ...environment,
    });
    this.url = await this.service.listen();
  }

  async stop(): Promise<void> {
    await this.service?.stop();
    await this.databases.drop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The administrator's pool: sees all organizations. */
  get inside(): PostgresPool {
    return this.databases.inside('organizations');
  }

  async ask(method: string, path: string, key: string, body?: unknown, idempotencyKey: string = randomUUID()): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(method === 'POST' ? { 'idempotency-key': idempotencyKey } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Record<string, unknown> };
  }

  /** A new organization. @returns its API keys by environment */
  async organization(id: string, environments?: readonly string[]): Promise<Record<string, string>> {
    const { status, body } = await this.ask('POST', '/internal/organizations', SERVICE_TOKEN, { id, name: `The ${id}`, environments });
    if (status !== 201) throw new Error(`${id} was not made: ${status} ${JSON.stringify(body)}`);
    const { apiKeys } = body as unknown as OrganizationCreatedResponse;
    return Object.fromEntries(apiKeys.map(({ apiKey, key }) => [apiKey.environment, key]));
  }

  /** What was announced on a topic for an organization, in the order of the outbox. */
  async announced<D>(topic: string, organization: string): Promise<{ environment: string; body: D }[]> {
    const { rows } = await this.inside.query<{ environment: string; body: Buffer }>(
      'select environment, body from outbox where topic = $1 and organization = $2 order by id',
      [topic, organization],
    );
    return rows.map((row) => ({ environment: row.environment, body: JSON.parse(row.body.toString()) as D }));
  }

  /** Every table of the service and of the bus as text. */
  async dump(): Promise<string> {
    const texts: string[] = [];
    for (const database of ['organizations', 'bus']) {
      const inside = this.databases.inside(database);
      const { rows: tables } = await inside.query<{ name: string }>(
        `select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables
          where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
      );
      for (const { name } of tables) {
        const { rows } = await inside.query<{ text: string }>(`select t::text as text from ${name} t`);
        texts.push(...rows.map((row) => row.text));
        const { rows: bytes } = await inside.query<{ attname: string }>(
          `select attname from pg_attribute where attrelid = '${name}'::regclass and atttypid = 'bytea'::regtype and attnum > 0`,
        );
        for (const { attname } of bytes) {
          const found = await inside.query<{ text: string | null }>(`select encode(${attname}, 'escape') as text from ${name}`);
          texts.push(...found.rows.map((row) => row.text ?? ''));
        }
      }
    }
    return texts.join('\n');
  }
}
