import { letIn } from '@turnpike/testing';
import type { Cluster } from '../cluster.js';
import { API_KEY, PLANS, planOf, SCOPE, stretchesOf } from './access-facts.js';

/** Gives a database of `entitlements` so many customers at version 1, as if all the rest had told of them. */
export async function fillWithCustomers(cluster: Cluster, database: string, customers: number): Promise<void> {
  const inside = cluster.inside(database);
  await letIn(inside, { [API_KEY]: SCOPE });
  // Which organizations there are, a replica reads from the places of what it has heard.
  await inside.query(
    `insert into place (organization, topic, partition, log, epoch, number, next_offset) values ($1, 'bench', 0, 'bench', 1, 0, 0)`,
    [SCOPE.organization],
  );
  const stretches = Array.from({ length: PLANS }, (_, plan) => stretchesOf(plan));
  await inside.query(
    `insert into access (organization, environment, id, customer_id, billing_member_ids, member_ids, stretches, level, has_had_access,
        version_epoch, version_n, updated_at)
     select $1, $2, named.id, named.id, '[]', '[]', $3::jsonb -> ((at + 1) % ${PLANS})::int, 'full', true, 1, 1, now()
       from generate_series(0, $4::int - 1) as at, lateral (select 'customer-' || lpad(at::text, 6, '0') as id) named`,
    [SCOPE.organization, SCOPE.environment, JSON.stringify(stretches), customers],
  );
  const { rows } = await inside.query<{ n: string }>(
    `select stretches -> 0 -> 'sources' -> 0 ->> 'planKey' as n from access where id = 'customer-000004'`,
  );
  if (rows[0]?.n !== `plan-${planOf(4, 1)}`) throw new Error(`The customers were not made as they are checked: ${rows[0]?.n}.`);
}
