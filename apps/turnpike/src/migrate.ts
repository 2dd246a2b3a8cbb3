/**
 * Applies the migrations of every service: the one explicit step between a release and its start (`npm run migrate`). With `--print-sql`
 * it prints what an administrator runs once, where nobody is given a role that may create databases and roles.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { administratorSql } from '@turnpike/service';
import { Installation } from './installation.js';
import { defaultFolder } from './launch.js';
import { PLANS, provisionAll } from './provisioning.js';
import { readSettings, wordOf } from './settings.js';

const USAGE = `Applies the migrations of every service to the PostgreSQL of DATABASE_URL.

  npm run migrate                          DATABASE_URL is set in the environment or in .env
  npm run migrate -- --print-sql > once.sql  for an administrator, where DATABASE_URL may not create databases and roles

Options
  --owner <role>    with --print-sql: the role that owns the databases and applies migrations; turnpike unless told
  --data <folder>   where the passwords of the roles are kept; .turnpike in the checkout unless told

Environment
  ROLE_PASSWORD     one password for all roles, instead of one for each: for a PostgreSQL that nobody else reaches (docker-compose.yml)
`;

try {
  const { values } = parseArgs({
    options: {
      'print-sql': { type: 'boolean' },
      owner: { type: 'string', default: 'turnpike' },
      data: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(values.owner)) throw new TypeError('--owner takes a role name of lower-case letters, digits and _.');
  const folder = values.data ?? defaultFolder(join(import.meta.dirname, '..', '..', '..'));
  const installation = await Installation.open(folder, false);
  try {
    const given = wordOf(readSettings(), 'ROLE_PASSWORD');
    const passwordOf = (role: string) => given ?? installation.passwordOf(role);
    if (values['print-sql']) process.stdout.write(sqlFor(values.owner, passwordOf));
    else await migrateAll(passwordOf);
  } finally {
    await installation.close();
  }
  process.exit(0);
} catch (error) {
  const isUsage = error instanceof TypeError;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${isUsage ? `\n${USAGE}` : ''}`);
  process.exit(isUsage ? 2 : 1);
}

async function migrateAll(passwordOf: (role: string) => string): Promise<void> {
  const { DATABASE_URL } = readSettings();
  if (!DATABASE_URL) throw new TypeError('DATABASE_URL is not set. ("npm start" migrates its embedded PostgreSQL by itself.)');
  await provisionAll(DATABASE_URL, passwordOf);
  process.stdout.write(`Every migration of ${PLANS.map(({ service }) => service).join(', ')} is applied.\n`);
}

function sqlFor(owner: string, passwordOf: (role: string) => string): string {
  const services = PLANS.map(({ service }) => service);
  return [
    '-- Run once by an administrator of the PostgreSQL server. It holds passwords: keep it as you keep those.',
    `create role ${owner} login nosuperuser nobypassrls password '${passwordOf(owner)}';`,
    administratorSql(services, { passwordOf }),
    ...services.map((service) => `alter database "${service}" owner to ${owner};`),
    `-- Then: DATABASE_URL=postgres://${owner}:${passwordOf(owner)}@<host>:5432/postgres npm run migrate`,
    '',
  ].join('\n');
}
