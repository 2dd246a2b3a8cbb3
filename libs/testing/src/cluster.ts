import { randomBytes } from 'node:crypto';
import { busPlan } from '@turnpike/messaging';
import { openPool, provision, rolesOf, type DatabasePlan, type PostgresPool, type ProvisionedDatabase } from '@turnpike/service';

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
  /** Keeps a service's database as it is now; nobody may be connected to it. */
  keepCopy(service: string): Promise<void>;
  /** Puts a service's database back to the kept copy, as a restore from backup would. */
  setBack(service: string): Promise<void>;
  /** Drops them all. */
  drop(): Promise<void>;
}

/** Provisions each plan's database and the bus's under a name of this test's own. */
export async function freshDatabases(plans: readonly DatabasePlan[]): Promise<FreshDatabases> {
  const prefix = `t${randomBytes(5).toString('hex')}_`;
  const databases = new Map<string, ProvisionedDatabase>();
  for (const plan of [...plans, busPlan])
    databases.set(plan.service, await provision(plan, { adminUrl: adminUrl(), passwordOf, databasePrefix: prefix }));
  const pools = new Map<string, PostgresPool>();
  const asAdministrator = async (...statements: string[]) => {
    const admin = openPool({ url: adminUrl(), name: 'test', size: 1, onError: () => undefined });
    for (const statement of statements) await admin.query(statement);
    await admin.end();
  };
  const letGo = async (service: string) => {
    await pools.get(service)?.end();
    pools.delete(service);
  };
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
    keepCopy: async (service) => {
      await letGo(service);
      await asAdministrator(
        `drop database if exists "${prefix}${service}_copy" with (force)`,
        `create database "${prefix}${service}_copy" template "${prefix}${service}"`,
      );
    },
    setBack: async (service) => {
      await letGo(service);
      const { service: role, infrastructure } = rolesOf(service);
      await asAdministrator(
        `drop database "${prefix}${service}" with (force)`,
        `create database "${prefix}${service}" template "${prefix}${service}_copy"`,
        `grant connect on database "${prefix}${service}" to ${role}, ${infrastructure}`,
      );
    },
    drop: async () => {
      for (const service of [...pools.keys()]) await letGo(service);
      await asAdministrator(
        ...[...databases.keys()].flatMap((service) => [
          `drop database if exists "${prefix}${service}" with (force)`,
          `drop database if exists "${prefix}${service}_copy" with (force)`,
        ]),
      );
    },
  };
}
