import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { environmentOf, type Surroundings } from './environments.js';
import { readSettings } from './settings.js';

const folder = mkdtempSync(join(tmpdir(), 'turnpike-environments-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SETTINGS = [
  'DATABASE_URL',
  'INFRASTRUCTURE_DATABASE_URL',
  'KAFKA_BROKERS',
  'BUS_DATABASE_URL',
  'HOST',
  'PORT',
  'LOG_LEVEL',
  'DECLARATION',
  'SERVICE_TOKEN',
  'WRITER_URLS',
];

function around(
  over: Partial<Surroundings> = {},
  env: Record<string, string> = {},
  declared: object = { organizations: [] },
): Surroundings {
  const declaration = join(folder, `${Math.random()}.json`);
  writeFileSync(declaration, JSON.stringify(declared));
  const databases = ['gateway', 'customers', 'bus'].map(
    (name) =>
      [name, { url: `postgres://turnpike_${name}@h/${name}`, infrastructureUrl: `postgres://turnpike_${name}_infra@h/${name}` }] as const,
  );
  return {
    settings: readSettings(env),
    secrets: {
      serviceToken: 't'.repeat(24),
      webhookBodyKey: 'key',
      secretsKey: 'other key',
      sandboxAccount: 'story',
      passwordSeed: 's'.repeat(24),
      isApiKeyShown: true,
    },
    databases: new Map(databases),
    declaration,
    brokers: null,
    url: 'http://127.0.0.1:8080',
    sandboxUrl: 'http://127.0.0.1:8081',
    services: [{ name: 'gateway' }, { name: 'customers' }],
    ...over,
  };
}

describe('the environment of a service', () => {
  it('names its own database, as its own two roles, and no other', () => {
    const environment = environmentOf({ name: 'customers', settings: SETTINGS }, around());
    expect(environment).toMatchObject({
      DATABASE_URL: 'postgres://turnpike_customers@h/customers',
      INFRASTRUCTURE_DATABASE_URL: 'postgres://turnpike_customers_infra@h/customers',
      BUS_DATABASE_URL: 'postgres://turnpike_bus_infra@h/bus',
    });
    expect(JSON.stringify(environment)).not.toContain('gateway@');
  });

  it("never holds the administrator's URL or our own port", () => {
    const environment = environmentOf(
      { name: 'customers', settings: SETTINGS },
      around({}, { DATABASE_URL: 'postgres://admin:secret@h/postgres', PORT: '8080' }),
    );
    expect(JSON.stringify(environment)).not.toContain('secret');
    expect(environment['PORT']).toBe('0');
  });

  it('has Kafka instead of the in-process bus where there is one', () => {
    const environment = environmentOf({ name: 'customers', settings: SETTINGS }, around({ brokers: '127.0.0.1:9092' }));
    expect(environment).toMatchObject({ KAFKA_BROKERS: '127.0.0.1:9092' });
    expect(environment).not.toHaveProperty('BUS_DATABASE_URL');
  });

  it('passes on what its own settings name, and nothing else', () => {
    const env = { LOG_LEVEL: 'warn', WEBHOOK_TOLERANCE_SECONDS: '60', HOME: '/root' };
    expect(environmentOf({ name: 'customers', settings: SETTINGS }, around({}, env))).toMatchObject({ LOG_LEVEL: 'warn' });
    expect(environmentOf({ name: 'customers', settings: SETTINGS }, around({}, env))).not.toHaveProperty('WEBHOOK_TOLERANCE_SECONDS');
    expect(environmentOf({ name: 'customers', settings: SETTINGS }, around({}, env))).not.toHaveProperty('WEBHOOK_BODY_KEY');
    const gateway = environmentOf(
      { name: 'gateway', settings: [...SETTINGS, 'WEBHOOK_TOLERANCE_SECONDS', 'WEBHOOK_BODY_KEY'] },
      around({}, env),
    );
    expect(gateway).toMatchObject({ WEBHOOK_TOLERANCE_SECONDS: '60', WEBHOOK_BODY_KEY: 'key' });
    expect(gateway).not.toHaveProperty('HOME');
  });

  it("prefers a webhook body key that was set to the folder's own", () => {
    const given = around({}, { WEBHOOK_BODY_KEY: 'mine' });
    expect(environmentOf({ name: 'gateway', settings: [...SETTINGS, 'WEBHOOK_BODY_KEY'] }, given)).toMatchObject({
      WEBHOOK_BODY_KEY: 'mine',
    });
  });

  it('holds the secrets that the declaration reads from the environment', () => {
    const declared = {
      organizations: [{ id: 'a', name: 'A', connections: [{ id: 'c', environment: 'test', webhookSecrets: ['env:STRIPE_SECRET_A'] }] }],
    };
    const given = around({}, { STRIPE_SECRET_A: 'whsec_a', STRIPE_SECRET_B: 'whsec_b' }, declared);
    const environment = environmentOf({ name: 'gateway', settings: SETTINGS }, given);
    expect(environment).toMatchObject({ STRIPE_SECRET_A: 'whsec_a' });
    expect(environment).not.toHaveProperty('STRIPE_SECRET_B');
    const reader = { name: 'customers', settings: SETTINGS.filter((name) => name !== 'DECLARATION') };
    expect(environmentOf(reader, given)).not.toHaveProperty('STRIPE_SECRET_A');
    expect(environmentOf(reader, given)).not.toHaveProperty('DECLARATION');
  });

  it('finds every writer at the front door', () => {
    expect(environmentOf({ name: 'customers', settings: SETTINGS }, around())['WRITER_URLS']).toBe(
      'gateway=http://127.0.0.1:8080,customers=http://127.0.0.1:8080',
    );
  });
});
