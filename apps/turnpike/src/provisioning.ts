import { busPlan } from '@turnpike/messaging';
import {
  migrate,
  openSession,
  provision,
  rolesOf,
  type DatabasePlan,
  type PostgresClient,
  type ProvisionedDatabase,
} from '@turnpike/service';
import { SERVICES } from './services.js';

/** Every database of an installation: one per service, and the in-process bus's. */
export const PLANS: readonly DatabasePlan[] = [...SERVICES.map(({ plan }) => plan), busPlan];

export type Databases = ReadonlyMap<string, ProvisionedDatabase>;

export class RightsMissing extends Error {
  constructor(role: string, missing: readonly string[]) {
    super(
      `The role ${role} of DATABASE_URL may not create databases and roles, and ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not there yet. ` +
        `Have an administrator run once what "npm run migrate -- --print-sql" prints, then start again.`,
    );
  }
}

/**
 * Creates what is missing of every database, role and right, and applies the migrations: the one step between a release and its start.
 * A role that may not create databases and roles finds them made (administrator's SQL) and owns the databases.
 * @throws RightsMissing
 */
export async function provisionAll(url: string, passwordOf: (role: string) => string): Promise<Databases> {
  const missing = await whatTheRoleCannotMake(url);
  const databases = await Promise.all(
    PLANS.map(async (plan) => {
      const database =
        missing === null ? await provision(plan, { adminUrl: url, passwordOf }) : await migrateAsOwner(plan, url, passwordOf);
      return [plan.service, database] as const;
    }),
  );
  return new Map(databases);
}

/** Null when it may make everything; otherwise nothing is missing either. @throws RightsMissing */
async function whatTheRoleCannotMake(url: string): Promise<'nothing' | null> {
  return withSession(url, async (session) => {
    const { rows } = await session.query<{ role: string; may: boolean }>(
      `select current_user as role, rolsuper or (rolcreatedb and rolcreaterole) as may from pg_roles where rolname = current_user`,
    );
    const [login] = rows;
    if (!login) throw new Error('The database did not say who is logged in.');
    if (login.may) return null;
    const wanted = PLANS.flatMap(({ service }) => [
      `the database ${service}`,
      `the role ${rolesOf(service).service}`,
      `the role ${rolesOf(service).infrastructure}`,
    ]);
    const there = await session.query<{ name: string }>(
      `select 'the database ' || datname as name from pg_database union all select 'the role ' || rolname from pg_roles`,
    );
    const names = new Set(there.rows.map(({ name }) => name));
    const missing = wanted.filter((name) => !names.has(name));
    if (missing.length > 0) throw new RightsMissing(login.role, missing);
    return 'nothing';
  });
}

async function migrateAsOwner(plan: DatabasePlan, url: string, passwordOf: (role: string) => string): Promise<ProvisionedDatabase> {
  const roles = rolesOf(plan.service);
  const own = urlOf(url, plan.service);
  await migrate(plan, own);
  await withSession(own, (session) => session.query(`grant select on mikro_orm_migrations to ${roles.service}, ${roles.infrastructure}`));
  return {
    url: urlOf(url, plan.service, { name: roles.service, password: passwordOf(roles.service) }),
    infrastructureUrl: urlOf(url, plan.service, { name: roles.infrastructure, password: passwordOf(roles.infrastructure) }),
  };
}

async function withSession<T>(url: string, work: (session: PostgresClient) => Promise<T>): Promise<T> {
  const session = await openSession({ url, name: 'turnpike provision', idleSeconds: 0, onEnd: () => undefined });
  try {
    return await work(session);
  } finally {
    await session.end();
  }
}

export function urlOf(url: string, database: string, role?: { name: string; password: string }): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  if (role) {
    changed.username = role.name;
    changed.password = encodeURIComponent(role.password);
  }
  return changed.href;
}
