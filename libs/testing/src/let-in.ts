import { createHash } from 'node:crypto';
import type { Scope } from '@turnpike/contracts-events';
import type { Queryable } from '@turnpike/service';

/**
 * Makes API keys open a service, and their organizations known there, as if `organizations` had told of them.
 * @param inside the service's database as the administrator: `databases.inside('customers')`
 * @param callers API keys, any text, and whose they are
 */
export async function letIn(inside: Queryable, callers: Readonly<Record<string, Scope>>): Promise<void> {
  for (const { organization, environment } of Object.values(callers))
    await inside.query(
      `insert into known_organization (organization, environment, id, is_open, version_epoch, version_n) values ($1, $2, $1, true, 1, 0) on conflict do nothing`,
      [organization, environment],
    );
  await letKeysIn(inside, callers);
}

/** The same for a service that need not know its organizations. */
export async function letKeysIn(inside: Queryable, callers: Readonly<Record<string, Scope>>): Promise<void> {
  for (const [apiKey, { organization, environment }] of Object.entries(callers)) {
    const sha256 = createHash('sha256').update(apiKey).digest('hex');
    await inside.query(
      `insert into known_api_key (organization, environment, id, sha256, version_epoch, version_n) values ($1, $2, $3, $4, 1, 0) on conflict do nothing`,
      [organization, environment, `ak_${sha256.slice(0, 32)}`, sha256],
    );
  }
}
