import { randomBytes } from 'node:crypto';
import { busPlan } from '@turnpike/messaging';
import { openPool, provision, type DatabasePlan, type PostgresPool, type ProvisionedDatabase } from '@turnpike/service';

/** The administrator's URL of the cluster that this test run started (tools/test-servers). */
export function adminUrl(): string {
  const url = process.env['TEST_DATABASE_URL'];
  if (!url) throw new Error('TEST_DATABASE_URL is not set: run this test through `node tools/jest.mjs postgres|kafka|e2e`.');
  return url;
}

/** The brokers of the Kafka that this test run started. */
export function brokers(): string[] {
  const list = process.env['TEST_KAFKA_BROKERS'];
  if (!list) throw new Error('TEST_KAFKA_BROKERS is not set: run this test through `node tools/jest.mjs kafka`, with Java installed.');
  return list.split(',');
}

/** Roles are the cluster's, so all tests share their passwords. */
export function passwordOf(role: string): string {
  return `test-${role}`;
}

/** Fresh databases for one test, by service, and a way to look into them as the administrator. */
export interface FreshDatabases {
  readonly prefix: string;
  of(service: string): ProvisionedDatabase;
  /** The administrator's pool on a service's database: sees everything, for looking and for breaking things. */
  inside(service: string): PostgresPool;
  /** Drops them all. */
  drop(): Promise<void>;
}

/** Provisions each plan's database and the bus's under a name of this test's own. */
export async function freshDatabases(plans: readonly DatabasePlan[]): Promise<FreshDatabases> {
  const prefix = `t${randomBytes(5).toString('hex')}_`;
  const databases = new Map<string, ProvisionedDatabase>();
  for (const plan of [...plans, busPlan]) databases.set(plan.service, await provision(plan, { adminUrl: adminUrl(), passwordOf, databasePrefix: prefix }));
  const pools = new Map<string, PostgresPool>();
  return {
    prefix,
    of: (service) => {
      const database = databases.get(service);
      if (!database) throw new Error(`No database of ${service} was asked for.`);
      return database;
    },
    inside: (service) => {
      const known = pools.get(service);
      if (known) return known;
      const url = new URL(adminUrl());
      url.pathname = `/${prefix}${service}`;
      const pool = openPool({ url: url.href, name: 'test', size: 3, onError: () => undefined });
      pools.set(service, pool);
      return pool;
    },
    drop: async () => {
      for (const pool of pools.values()) await pool.end();
      const admin = openPool({ url: adminUrl(), name: 'test', size: 1, onError: () => undefined });
      for (const service of databases.keys()) await admin.query(`drop database if exists "${prefix}${service}" with (force)`);
      await admin.end();
    },
  };
}
