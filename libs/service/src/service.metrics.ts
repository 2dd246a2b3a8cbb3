import type { Registry } from 'prom-client';
import { Measured } from './measured.js';
import type { Queryable } from './postgres.js';

/** Sizes change slowly, and PostgreSQL looks at every file of the database for its own. */
const SIZES_EVERY_MS = 60_000;

const SIZES = `select pg_database_size(current_database())::float8 as bytes,
  (select sum(numbackends) from pg_stat_database)::int as open,
  current_setting('max_connections')::int as most`;

/** Whether a service can work, and how full its PostgreSQL is. */
export function addServiceMetrics(registry: Registry, parts: { readonly check: () => Promise<void>; readonly database: Queryable }): void {
  const able = new Measured(registry, async () => {
    const isReady = await parts.check().then(
      () => true,
      () => false,
    );
    return () => ready.set(isReady ? 1 : 0);
  });
  const ready = able.gauge({ name: 'turnpike_ready', help: '1 while the service reaches its database and its bus, as /readyz says.' });

  const sizes = new Measured(
    registry,
    async () => {
      const { rows } = await parts.database.query<{ bytes: number; open: number; most: number }>(SIZES);
      return () => {
        for (const row of rows) {
          size.set(row.bytes);
          open.set(row.open);
          most.set(row.most);
        }
      };
    },
    SIZES_EVERY_MS,
  );
  const size = sizes.gauge({ name: 'turnpike_database_size_bytes', help: "The service's own database on disk." });
  const open = sizes.gauge({
    name: 'turnpike_database_server_connections',
    help: 'Connections of all clients to the PostgreSQL that the service uses: the same from every service of one server, so take the max.',
  });
  const most = sizes.gauge({ name: 'turnpike_database_server_connections_max', help: 'max_connections of that PostgreSQL.' });
}
