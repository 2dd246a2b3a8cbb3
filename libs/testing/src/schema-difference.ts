import { MikroORM, type EntitySchema } from '@mikro-orm/postgresql';
import { ormOptions } from '@turnpike/service';
import { adminUrl, type FreshDatabases } from './cluster.js';

/** Tables of the kit and of the migrator, their functions, and what hangs on them: no entity is theirs. */
const KIT =
  /"(outbox|outbox_\w+|place|dead_letter|gap|life|retelling|happening|relay_window|relay_partition|idempotency|known_api_key|known_organization|fetch_due|fill_due|fill_segment|stripe_rate|stripe_rate_share|unverified_object|mikro_orm_migrations)"|drop function if exists "turnpike_/;

/**
 * The statements that would make a service's freshly migrated database what its entities say; none when migrations and entities agree.
 * @param isKit further tables that have no entity
 */
export async function schemaDifference(
  databases: FreshDatabases,
  service: { readonly name: string; readonly entities: readonly EntitySchema[] },
  isKit: RegExp = /(?!)/,
): Promise<string[]> {
  const url = new URL(adminUrl());
  url.pathname = `/${databases.prefix}${service.name}`;
  const orm = await MikroORM.init(
    ormOptions({ url: url.href, service: `${service.name} schema`, entities: [...service.entities], poolSize: 1 }),
  );
  try {
    const sql = await orm.schema.getUpdateSchemaSQL({ wrap: false, safe: false });
    const statements = sql.split(';').map((statement) => statement.trim());
    return statements.filter((statement) => statement !== '' && !KIT.test(statement) && !isKit.test(statement));
  } finally {
    await orm.close(true);
  }
}
