import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Migration } from '@mikro-orm/migrations';
import type { ApiKeyChanged, Scope } from '@turnpike/contracts-events';
import { freshDatabases, type FreshDatabases } from '@turnpike/testing';
import { Database } from './database.js';
import { KnownApiKeys, knownApiKeyTable } from './known-api-keys.js';
import { KnownOrganizations, knownOrganizationTable } from './known-organizations.js';
import { openPool, type PostgresPool } from './postgres.js';
import { type DatabasePlan } from './provision.js';
import { ORGANIZATION_FUNCTION } from './row-level-security.js';

class Known extends Migration {
  override up(): void {
    for (const statement of [ORGANIZATION_FUNCTION, ...knownApiKeyTable('knows'), ...knownOrganizationTable('knows')])
      this.addSql(statement);
  }
}
const plan: DatabasePlan = { service: 'knows', migrations: [{ name: 'Migration20261121000000_known', class: Known }] };
const ACME: Scope = { organization: 'acme', environment: 'test' };
const GLOBEX: Scope = { organization: 'globex', environment: 'live' };
const START = new Date('2026-11-21T09:00:00.000Z');

let databases: FreshDatabases;
let database: Database;
let infrastructure: PostgresPool;
beforeAll(async () => {
  databases = await freshDatabases([plan]);
  database = await Database.open({ url: databases.of('knows').url, service: 'knows', entities: [] });
  infrastructure = openPool({ url: databases.of('knows').infrastructureUrl, name: 'test', size: 2, onError: () => undefined });
});
afterAll(async () => {
  await infrastructure?.end();
  await database?.close();
  await databases?.drop();
});

let now = START;
let apiKeys: KnownApiKeys;
beforeEach(async () => {
  now = START;
  apiKeys = new KnownApiKeys(database, infrastructure, () => now);
  await databases.inside('knows').query('truncate known_api_key');
});
const later = (seconds: number) => void (now = new Date(now.getTime() + seconds * 1000));

const told = (key: string, n: number, over: Partial<ApiKeyChanged> = {}): ApiKeyChanged => ({
  apiKeyId: `ak_${key}`,
  sha256: createHash('sha256').update(key).digest('hex'),
  prefix: '',
  expiresAt: null,
  revokedAt: null,
  version: { epoch: 1, n },
  ...over,
});
const hear = (scope: Scope, data: ApiKeyChanged, by = apiKeys) => database.transaction(scope.organization, () => by.keep(scope, data));

describe('the API keys that a service has heard of', () => {
  it('say whose request it is, and nothing of a key that nobody has', async () => {
    await hear(ACME, told('a', 1));
    await hear(GLOBEX, told('g', 1));
    expect([await apiKeys.scopeOf('a'), await apiKeys.scopeOf('g')]).toEqual([ACME, GLOBEX]);
    for (const nobody of ['', 'b', 'a'.repeat(100_000)]) expect(await apiKeys.scopeOf(nobody)).toBeNull();
  });

  it('open nothing once revoked, at once where it was heard', async () => {
    await hear(ACME, told('a', 1));
    expect(await apiKeys.scopeOf('a')).toEqual(ACME);
    await hear(ACME, told('a', 2, { revokedAt: START.toISOString() }));
    expect(await apiKeys.scopeOf('a')).toBeNull();
  });

  it('open nothing once revoked, after a second in a process that has not heard of it itself', async () => {
    await hear(ACME, told('a', 1));
    expect(await apiKeys.scopeOf('a')).toEqual(ACME);
    await hear(ACME, told('a', 2, { revokedAt: START.toISOString() }), new KnownApiKeys(database, infrastructure));
    later(1);
    expect(await apiKeys.scopeOf('a')).toBeNull();
  });

  it('end when they say, also within the second for which they are remembered', async () => {
    await hear(ACME, told('a', 1, { expiresAt: new Date(START.getTime() + 500).toISOString() }));
    expect(await apiKeys.scopeOf('a')).toEqual(ACME);
    later(0.5);
    expect(await apiKeys.scopeOf('a')).toBeNull();
  });

  it('are not set back by an older word about them', async () => {
    await hear(ACME, told('a', 2, { revokedAt: START.toISOString() }));
    await hear(ACME, told('a', 1));
    expect(await apiKeys.scopeOf('a')).toBeNull();
    await hear(ACME, told('a', 1, { version: { epoch: 2, n: 1 } }));
    expect(await apiKeys.scopeOf('a')).toEqual(ACME);
  });

  it('are remembered as they are, not as an answer said that was on its way while news came in', async () => {
    await hear(ACME, told('a', 1));
    const slow = new KnownApiKeys(
      database,
      {
        query: async (text: string, values?: unknown[]) => {
          const answer = await infrastructure.query(text, values);
          await hear(ACME, told('a', 2, { revokedAt: START.toISOString() }), slow);
          return answer as never;
        },
      },
      () => now,
    );
    expect(await slow.scopeOf('a')).toEqual(ACME);
    expect(await slow.scopeOf('a')).toBeNull();
  });
});

describe('the organizations that a service has heard of', () => {
  it('are listed across organizations, with their open environments', async () => {
    const organizations = new KnownOrganizations(database, infrastructure);
    const row = (organizationId: string, isOpen: boolean, n = 1) => ({
      organizationId,
      name: organizationId,
      dataResidency: null,
      isOpen,
      createdAt: START.toISOString(),
      version: { epoch: 1, n },
    });
    const keep = (scope: Scope, isOpen: boolean, n = 1) =>
      database.transaction(scope.organization, () => organizations.keep(scope, row(scope.organization, isOpen, n)));
    await keep(GLOBEX, true);
    await keep(ACME, true);
    await keep({ organization: 'acme', environment: 'live' }, false);
    expect(await organizations.list()).toEqual(['acme', 'globex']);
    expect(await organizations.openScopes()).toEqual([ACME, GLOBEX]);
    await keep({ organization: 'acme', environment: 'live' }, true, 2);
    expect(await organizations.openScopes('acme')).toEqual([{ organization: 'acme', environment: 'live' }, ACME]);
  });
});
