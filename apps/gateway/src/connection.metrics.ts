import { Measured, type Queryable } from '@turnpike/service';
import { ConnectionStatus } from '@turnpike/contracts-events';
import type { Registry } from 'prom-client';

const BY_STATUS = `select environment, status, count(*)::int as connections from known_connection group by environment, status`;

/** How the Stripe accounts stand. The gateway says it, since it is the one that may see the connections of all organizations. */
export function addConnectionMetrics(registry: Registry, infrastructure: Queryable): void {
  const measured = new Measured(registry, async () => {
    const { rows } = await infrastructure.query<{ environment: string; status: string; connections: number }>(BY_STATUS);
    return () => {
      // Each that there is has every status: an alert on one that was never seen would have nothing to compare.
      for (const environment of new Set(rows.map((row) => row.environment)))
        for (const status of ConnectionStatus.options) connections.set({ environment, status }, 0);
      for (const { environment, status, connections: count } of rows) connections.set({ environment, status }, count);
    };
  });
  const connections = measured.gauge({
    name: 'turnpike_connections',
    help: 'Connections to Stripe by status; those that are "unauthorized" have a key that Stripe refuses.',
    labelNames: ['environment', 'status'],
  });
}
