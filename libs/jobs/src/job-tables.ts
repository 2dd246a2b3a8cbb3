import { rolesOf } from '@turnpike/service';
import { getConstructionPlans } from 'pg-boss';

/** Where pg-boss keeps its tables, in each service's own database. */
export const JOB_SCHEMA = 'pgboss';

/**
 * Statements of a migration that make the tables of a service's jobs. The service role may use them and owns none, as with all others.
 * They are infrastructure: a job holds ids and nothing that row-level security would have to guard.
 */
export function jobTables(service: string): string[] {
  const { service: role } = rolesOf(service);
  return [
    ...constructionPlans(),
    `grant usage on schema ${JOB_SCHEMA} to ${role}`,
    `grant select, insert, update, delete on all tables in schema ${JOB_SCHEMA} to ${role}`,
    `grant usage on all sequences in schema ${JOB_SCHEMA} to ${role}`,
    `grant execute on all functions in schema ${JOB_SCHEMA} to ${role}`,
  ];
}

/** pg-boss wraps its plan in a transaction of its own; a migration runs in one already. */
function constructionPlans(): string[] {
  const plan = getConstructionPlans(JOB_SCHEMA).trim();
  const inner = plan.replace(/^BEGIN;/i, '').replace(/COMMIT;?$/i, '');
  if (inner === plan) throw new Error('The plan of pg-boss has another form than the one this was written for.');
  return [inner];
}
