import { Gauge, type Registry } from 'prom-client';
import type { PostgresPool } from './postgres.js';

const known = new WeakMap<Registry, PoolMetrics>();

/** How busy a service's pools of database connections are. It is read off the pools themselves: a scrape asks nobody. */
export class PoolMetrics {
  private readonly pools = new Map<string, PostgresPool>();

  private constructor(registry: Registry) {
    const { pools } = this;
    new Gauge({
      name: 'turnpike_database_connections',
      help: 'Connections to PostgreSQL by pool of the service, "idle" or "in_use".',
      labelNames: ['pool', 'state'],
      registers: [registry],
      collect() {
        for (const [pool, { totalCount, idleCount }] of pools) {
          this.set({ pool, state: 'idle' }, idleCount);
          this.set({ pool, state: 'in_use' }, totalCount - idleCount);
        }
      },
    });
    new Gauge({
      name: 'turnpike_database_connections_max',
      help: 'The most connections that a pool opens.',
      labelNames: ['pool'],
      registers: [registry],
      collect() {
        for (const [pool, { options }] of pools) this.set({ pool }, options.max);
      },
    });
    new Gauge({
      name: 'turnpike_database_connections_awaited',
      help: 'Work that waits for a free connection of a pool.',
      labelNames: ['pool'],
      registers: [registry],
      collect() {
        for (const [pool, { waitingCount }] of pools) this.set({ pool }, waitingCount);
      },
    });
  }

  static of(registry: Registry): PoolMetrics {
    const metrics = known.get(registry) ?? new PoolMetrics(registry);
    known.set(registry, metrics);
    return metrics;
  }

  /** @param name which of the service's pools: `service`, `road`, `bus`, … */
  watch(name: string, pool: PostgresPool): void {
    this.pools.set(name, pool);
  }
}
