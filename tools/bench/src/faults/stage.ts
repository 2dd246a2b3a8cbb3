import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { TOPICS } from '@turnpike/contracts-events';
import { customers } from '@turnpike/customers';
import { entitlements } from '@turnpike/entitlements';
import { freePort } from '@turnpike/free-port';
import { gateway } from '@turnpike/gateway';
import { startKafka, type LocalKafka } from '@turnpike/local-kafka';
import { ensureTopics } from '@turnpike/messaging';
import { freshDatabases, StandInConnections, TcpProxy, type FreshDatabases } from '@turnpike/testing';
import { books, BooksDeadLetters } from './books/books.js';
import { Deliveries } from './deliveries.js';
import { ServiceProcess } from './fleet.js';
import { newFolder, OwnPostgres } from './own-postgres.js';

export const ORGANIZATIONS = ['acme', 'globex'];
/** The shortest that a service takes: what a dead reader had is handed on after it. */
export const SESSION_TIMEOUT_MS = 2_000;
const PROGRAMS = {
  gateway: 'apps/gateway/src/main.ts',
  customers: 'apps/customers/src/main.ts',
  entitlements: 'apps/entitlements/src/main.ts',
  books: 'tools/bench/src/faults/books/main.ts',
};
export type ServiceName = keyof typeof PROGRAMS;

export interface StageWishes {
  /** Of PostgreSQL. */
  readonly settings?: Readonly<Record<string, string>>;
  /** PostgreSQL and Kafka are reached through a line that may become bad, or lead elsewhere. */
  readonly throughProxies?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Own servers, own databases and the real services as processes over Kafka. What is started here ends with it. */
export class Stage {
  readonly processes: ServiceProcess[] = [];
  private readonly secret = `whsec_${randomBytes(18).toString('hex')}`;
  private readonly bodyKey = randomBytes(32).toString('base64');
  private readonly loads: Deliveries[] = [];
  /** What must happen between the end of the servers and that of their folder. */
  beforeItsFolderGoes: () => void = () => undefined;

  private constructor(
    readonly folder: string,
    /** The one that is in use: another after a failover. */
    public postgres: OwnPostgres,
    readonly kafka: LocalKafka,
    readonly databases: FreshDatabases,
    readonly connections: StandInConnections,
    readonly lines: { readonly postgres: TcpProxy; readonly kafka: TcpProxy } | null,
    private readonly environment: Readonly<Record<string, string>>,
  ) {}

  static async open({ settings = {}, throughProxies = false, environment = {} }: StageWishes = {}): Promise<Stage> {
    const folder = newFolder();
    const postgres = await OwnPostgres.start(join(folder, 'postgres'), settings);
    const postgresLine = throughProxies ? await TcpProxy.before(postgres.adminUrl) : null;
    // Where the testing library finds it, as in a test run.
    process.env['TEST_DATABASE_URL'] = postgresLine?.through(postgres.adminUrl) ?? postgres.adminUrl;
    const databases = await freshDatabases([gateway.plan, customers.plan, entitlements.plan, books.plan]);
    const connections = await StandInConnections.start();
    const { kafka, line } = throughProxies
      ? await kafkaBehindProxy(folder)
      : { kafka: await startKafka({ directory: join(folder, 'kafka') }), line: null };
    await ensureTopics({ brokers: kafka.brokers, topics: [...TOPICS, BooksDeadLetters] });
    const lines = postgresLine && line ? { postgres: postgresLine, kafka: line } : null;
    const stage = new Stage(folder, postgres, kafka, databases, connections, lines, environment);
    for (const organization of ORGANIZATIONS)
      await connections.receives(databases.inside('gateway'), { organization, environment: 'test' }, `conn_${organization}`, [
        stage.secret,
      ]);
    return stage;
  }

  /** Where services find Kafka. */
  get brokers(): string {
    return this.lines ? `127.0.0.1:${this.lines.kafka.port}` : this.kafka.brokers.join(',');
  }

  async start(name: ServiceName, times = 1, more: Readonly<Record<string, string>> = {}): Promise<ServiceProcess[]> {
    const { url, infrastructureUrl } = this.databases.of(name);
    const environment = {
      DATABASE_URL: url,
      INFRASTRUCTURE_DATABASE_URL: infrastructureUrl,
      KAFKA_BROKERS: this.brokers,
      KAFKA_SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS),
      WRITER_URLS: `connections=${this.connections.url}`,
      SERVICE_TOKEN: 'a-service-token-of-a-benchmark',
      WEBHOOK_BODY_KEY: this.bodyKey,
      LOG_LEVEL: 'warn',
      NODE_ENV: 'production',
      ...this.environment,
      ...more,
    };
    const log = join(this.folder, `${name}.log`);
    const started = await Promise.all(Array.from({ length: times }, () => ServiceProcess.start(name, PROGRAMS[name], environment, log)));
    this.processes.push(...started);
    return started;
  }

  of(name: ServiceName): ServiceProcess[] {
    return this.processes.filter((one) => one.name === name);
  }

  /** A load on the gateways that are up. */
  load(name: string): Deliveries {
    const line = { secret: this.secret, name, paths: ORGANIZATIONS.map((organization) => `/webhooks/stripe/conn_${organization}`) };
    const load = new Deliveries(line, () => this.of('gateway').flatMap(({ url }) => url ?? []));
    this.loads.push(load);
    return load;
  }

  /** How many messages a reader is past; cheap enough to be asked twenty times a second. */
  async effects(reader: ServiceName, topic: string): Promise<number> {
    const { rows } = await this.databases
      .inside(reader)
      .query<{ n: string | null }>(`select sum(next_offset) as n from place where organization = '' and topic = $1`, [topic]);
    return Number(rows[0]?.n ?? 0);
  }

  /** How many messages of a service are on the log, as its relay has booked it. */
  async relayed(writer: ServiceName): Promise<number> {
    const { rows } = await this.databases
      .inside(writer)
      .query<{ n: string | null }>('select sum(number) as n from relay_partition where service = $1', [writer]);
    return Number(rows[0]?.n ?? 0);
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.loads.map((load) => load.finish(0)));
    await Promise.allSettled([this.lines?.postgres.open(), this.lines?.kafka.open()]);
    await Promise.all(this.processes.map((one) => one.stop()));
    await this.kafka.stop();
    await this.connections.stop();
    await this.databases.drop().catch(() => undefined); // the whole server is removed right after
    await Promise.allSettled([this.lines?.postgres.refuse(), this.lines?.kafka.refuse()]);
    await this.postgres.stop().catch(() => undefined); // it may have ended by itself; what is left of it goes with the folder
    this.beforeItsFolderGoes();
    // What the services have said, for whoever must find out why.
    if (process.env['BENCH_KEEP'] === undefined) rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Clients are sent by the broker itself to the address that it tells: the proxy's. */
async function kafkaBehindProxy(folder: string): Promise<{ kafka: LocalKafka; line: TcpProxy }> {
  const [port, controllerPort] = [await freePort('Kafka'), await freePort('Kafka')];
  const line = await TcpProxy.before(`tcp://127.0.0.1:${port}`);
  const settings = { 'advertised.listeners': `PLAINTEXT://127.0.0.1:${line.port},CONTROLLER://127.0.0.1:${controllerPort}` };
  return { kafka: await startKafka({ directory: join(folder, 'kafka'), port, controllerPort, settings }), line };
}
