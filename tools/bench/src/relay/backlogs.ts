import type { Cluster } from '../cluster.js';
import { ACCOUNTS, filledTransfer, keys, SCOPE, TransferPosted } from './transfer-posted.js';

const PER_STATEMENT = 20_000;

/** Puts messages into our outbox, in transactions of 20 000, as a service that could not reach its broker for a while would have them. */
export async function fillOutbox(cluster: Cluster, database: string, messages: number): Promise<void> {
  const names = keys(Math.min(ACCOUNTS, 10_000));
  const body = Buffer.from(JSON.stringify(filledTransfer(1)));
  for (let left = messages; left > 0; left -= PER_STATEMENT) {
    await cluster.inside(database).query(
      `insert into outbox (message_id, organization, environment, topic, partition, key, order_key, body)
       select gen_random_uuid(), $1, $2, $3, ($5::int[])[1 + at % $6], ($4::text[])[1 + at % $6], ($4::text[])[1 + at % $6], $7
         from generate_series(1, $8::int) as at`,
      [
        SCOPE.organization,
        SCOPE.environment,
        TransferPosted.name,
        names.map(({ key }) => key),
        names.map(({ partition }) => partition),
        names.length,
        body,
        Math.min(left, PER_STATEMENT),
      ],
    );
  }
}

/** The same number of jobs of the same size. */
export async function fillJobs(cluster: Cluster, database: string, jobs: number): Promise<void> {
  for (let left = jobs; left > 0; left -= PER_STATEMENT) {
    await cluster.inside(database).query(
      `select count(*) from graphile_worker.add_jobs(array(
         select json_populate_record(null::graphile_worker.job_spec, json_build_object('identifier', 'post', 'payload', $1::json))
           from generate_series(1, $2::int)))`,
      [JSON.stringify(filledTransfer(1)), Math.min(left, PER_STATEMENT)],
    );
  }
}
