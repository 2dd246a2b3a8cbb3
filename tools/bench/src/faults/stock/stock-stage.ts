import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { startKafka, type LocalKafka } from '@turnpike/local-kafka';
import { ensureTopics } from '@turnpike/messaging';
import { openPool, type PostgresPool } from '@turnpike/service';
import { Deliveries } from '../deliveries.js';
import { ServiceProcess } from '../fleet.js';
import { newFolder, OwnPostgres } from '../own-postgres.js';
import { StockEvent } from './stock-event.js';

/** The same as a stage of ours, of stock parts: an HTTP route that stores and emits, and Nest's own Kafka transport. */
export class StockStage {
  readonly processes: ServiceProcess[] = [];

  private constructor(
    private readonly folder: string,
    private readonly postgres: OwnPostgres,
    readonly kafka: LocalKafka,
    readonly pool: PostgresPool,
  ) {}

  static async open(): Promise<StockStage> {
    const folder = newFolder();
    const postgres = await OwnPostgres.start(join(folder, 'postgres'));
    const kafka = await startKafka({ directory: join(folder, 'kafka'), heap: '512m' });
    await ensureTopics({ brokers: kafka.brokers, topics: [StockEvent] });
    const pool = openPool({ url: postgres.adminUrl, name: 'stock', size: 3, onError: () => undefined });
    await pool.query('create table event (id text primary key)');
    await pool.query('create table effect (id text primary key, times int not null)');
    return new StockStage(folder, postgres, kafka, pool);
  }

  /** @param mode `after-commit` stores, then emits; `in-request` emits, and stores nothing */
  async start(
    what: 'gateway' | 'consumer',
    times: number,
    mode: 'after-commit' | 'in-request' = 'after-commit',
  ): Promise<ServiceProcess[]> {
    const environment = {
      STOCK_DATABASE_URL: this.postgres.adminUrl,
      STOCK_BROKERS: this.kafka.brokers.join(','),
      STOCK_MODE: mode,
      NODE_ENV: 'production',
    };
    const program = `tools/bench/src/faults/stock/${what}.ts`;
    const log = join(this.folder, `${what}.log`);
    const started = await Promise.all(Array.from({ length: times }, () => ServiceProcess.start(what, program, environment, log)));
    this.processes.push(...started);
    return started;
  }

  load(name: string): Deliveries {
    const gateways = () => this.processes.filter((one) => one.name === 'gateway').flatMap(({ url }) => url ?? []);
    return new Deliveries({ secret: 'whsec_nobody_looks', name, paths: ['/webhooks/stripe/conn_stock'] }, gateways);
  }

  async close(): Promise<void> {
    await Promise.all(this.processes.map((one) => one.stop()));
    await this.pool.end();
    await this.kafka.stop();
    await this.postgres.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
