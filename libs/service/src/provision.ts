import type { MigrationObject } from '@mikro-orm/core';
import { Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import { ormOptions } from './database.js';
import { openSession, type PostgresClient } from './postgres.js';
import { rolesOf } from './row-level-security.js';

/** What a service needs of a PostgreSQL cluster. */
export interface DatabasePlan {
  readonly service: string;
  readonly migrations: readonly MigrationObject[];
}

/** Where a provisioned service finds its database. The service never learns the administrator's URL. */
export interface ProvisionedDatabase {
  readonly url: string;
  readonly infrastructureUrl: string;
}

export interface ProvisionOptions {
  /** May create databases and roles. */
  readonly adminUrl: string;
  /** Passwords of the login roles, by role name. */
  readonly passwordOf: (role: string) => string;
  /** Prepended to database names, so that many installations (or tests) share a cluster. */
  readonly databasePrefix?: string;
}

const MIGRATIONS_TABLE = 'mikro_orm_migrations';

/** Made once per cluster, whoever comes first: two starters race for the same roles. */
const PROVISION_LOCK = `select pg_advisory_lock(hashtextextended('turnpike provision', 0))`;

/**
 * Creates what is missing of a service's database, its two login roles and their rights, and applies its migrations: the one explicit
 * step between a release and its start. What exists is left as it is; passwords are set anew.
 */
export async function provision(plan: DatabasePlan, options: ProvisionOptions): Promise<ProvisionedDatabase> {
  const database = databaseName(plan.service, options);
  const roles = rolesOf(plan.service);
  await asAdministrator(options.adminUrl, async (admin) => {
    await admin.query(PROVISION_LOCK);
    for (const role of [roles.service, roles.infrastructure]) {
      const { rowCount } = await admin.query('select 1 from pg_roles where rolname = $1', [role]);
      const attributes = `login nosuperuser nobypassrls nocreatedb nocreaterole password ${admin.escapeLiteral(options.passwordOf(role))}`;
      await admin.query(`${rowCount === 0 ? 'create' : 'alter'} role ${admin.escapeIdentifier(role)} ${attributes}`);
    }
    const { rowCount } = await admin.query('select 1 from pg_database where datname = $1', [database]);
    if (rowCount === 0) await admin.query(`create database ${admin.escapeIdentifier(database)} template template0 encoding 'UTF8'`);
    await admin.query(`revoke all on database ${admin.escapeIdentifier(database)} from public`);
    await admin.query(`grant connect on database ${admin.escapeIdentifier(database)} to ${roles.service}, ${roles.infrastructure}`);
  });
  await migrate(plan, withDatabase(options.adminUrl, database));
  await asAdministrator(withDatabase(options.adminUrl, database), (admin) =>
    admin.query(`grant select on ${MIGRATIONS_TABLE} to ${roles.service}, ${roles.infrastructure}`),
  );
  return {
    url: urlOf(options, database, roles.service),
    infrastructureUrl: urlOf(options, database, roles.infrastructure),
  };
}

/** Applies the migrations that are missing, one after the other, in the database of this URL. */
export async function migrate(plan: DatabasePlan, url: string): Promise<void> {
  await withMigrator(plan, url, async (migrator) => void (await migrator.up()));
}

/** Checks that every migration of this release has been applied. @throws Error naming the missing ones and the command that applies them */
export async function assertMigrated(plan: DatabasePlan, url: string): Promise<void> {
  const applied = await asAdministrator(url, async (session) => {
    const { rows: tables } = await session.query<{ known: boolean }>(`select to_regclass('${MIGRATIONS_TABLE}') is not null as known`);
    if (!tables[0]?.known) return new Set<string>();
    const { rows } = await session.query<{ name: string }>(`select name from ${MIGRATIONS_TABLE}`);
    return new Set(rows.map((row) => row.name));
  });
  const missing = plan.migrations.map((migration) => migration.name).filter((name) => !applied.has(name));
  if (missing.length > 0)
    throw new Error(
      `The database of ${plan.service} lacks ${missing.join(', ')}. Apply what is missing with "npm run migrate", then start again.`,
    );
}

async function withMigrator<T>(plan: DatabasePlan, url: string, work: (migrator: Migrator) => Promise<T>): Promise<T> {
  const orm = await MikroORM.init({
    ...ormOptions({ url, service: `${plan.service} migrations`, entities: [], poolSize: 1 }),
    extensions: [Migrator],
    migrations: { migrationsList: [...plan.migrations], snapshot: false, transactional: true, allOrNothing: false },
  });
  try {
    return await work(orm.migrator as Migrator);
  } finally {
    await orm.close(true);
  }
}

/** The statements an administrator runs once, where no URL that may create databases and roles is given away. */
export function administratorSql(services: readonly string[], options: Pick<ProvisionOptions, 'passwordOf' | 'databasePrefix'>): string {
  const lines = services.flatMap((service) => {
    const roles = rolesOf(service);
    const database = databaseName(service, options);
    return [
      `create role ${roles.service} login nosuperuser nobypassrls password '${options.passwordOf(roles.service)}';`,
      `create role ${roles.infrastructure} login nosuperuser nobypassrls password '${options.passwordOf(roles.infrastructure)}';`,
      `create database "${database}" template template0 encoding 'UTF8';`,
      `revoke all on database "${database}" from public;`,
      `grant connect on database "${database}" to ${roles.service}, ${roles.infrastructure};`,
    ];
  });
  return lines.join('\n');
}

/** Checks that a service logs in as a role that can neither go around row-level security nor change its own tables. @throws Error naming what is wrong */
export async function assertRole(url: string, allowed: 'service' | 'infrastructure'): Promise<void> {
  await asAdministrator(url, async (session) => {
    const { rows } = await session.query<{ name: string; super: boolean; bypass: boolean; owned: string; business: string }>(
      `select current_user as name, rolsuper as super, rolbypassrls as bypass,
              (select count(*) from pg_class where relowner = r.oid and relkind in ('r', 'p', 'v', 'm', 'S')) as owned,
              (select count(*) from pg_class c where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace and not c.relrowsecurity
                  and has_table_privilege(c.oid, 'select') and exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'organization' and not a.attisdropped)) as business
         from pg_roles r where rolname = current_user`,
    );
    const role = rows[0];
    if (!role) throw new Error('The database did not say who is logged in.');
    const problems = [
      ...(role.super ? ['is a superuser, which sees every organization in spite of row-level security'] : []),
      ...(role.bypass ? ['may bypass row-level security'] : []),
      ...(role.owned !== '0' ? [`owns ${role.owned} tables, so it could switch their protection off`] : []),
      ...(allowed === 'service' && role.business !== '0'
        ? [`may read ${role.business} tables of organizations that have no row-level security`]
        : []),
    ];
    if (problems.length > 0)
      throw new Error(
        `The ${allowed} role ${role.name} ${problems.join(', and ')}. Log in as the role that provisioning made (turnpike_<service>).`,
      );
  });
}

async function asAdministrator<T>(url: string, work: (session: PostgresClient) => Promise<T>): Promise<T> {
  let failure: Error | undefined;
  const session = await openSession({ url, name: 'turnpike provision', idleSeconds: 0, onEnd: (error) => (failure = error) });
  try {
    return await work(session);
  } catch (error) {
    throw failure ?? error;
  } finally {
    await session.end();
  }
}

function databaseName(service: string, options: Pick<ProvisionOptions, 'databasePrefix'>): string {
  return `${options.databasePrefix ?? ''}${service}`;
}

function urlOf(options: ProvisionOptions, database: string, role: string): string {
  const url = new URL(withDatabase(options.adminUrl, database));
  url.username = role;
  url.password = encodeURIComponent(options.passwordOf(role));
  return url.href;
}

function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}
