import { AccessChanged, type DataOf, type Scope, type Topic } from '@turnpike/contracts-events';
import { startService, type PostgresPool, type RunningService } from '@turnpike/service';
import { freshDatabases, letIn, standInPlan, StandInWriter, TcpProxy, until, type FreshDatabases } from '@turnpike/testing';
import { entitlements } from '../definition.js';

export const SERVICE_TOKEN = 'a-service-token-of-24-characters';
export const ACME_TEST: Scope = { organization: 'acme', environment: 'test' };
export const ACME_LIVE: Scope = { organization: 'acme', environment: 'live' };
export const GLOBEX_TEST: Scope = { organization: 'globex', environment: 'test' };

const CALLERS = { 'acme-test-key': ACME_TEST, 'acme-live-key': ACME_LIVE, 'globex-test-key': GLOBEX_TEST };
const STALE_AFTER_SECONDS = 2;

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** One replica on a free port, whose way to the bus can be cut. */
export interface Replica {
  readonly service: RunningService;
  readonly url: string;
  readonly bus: TcpProxy;
}

/** `entitlements` with databases of its own, as many replicas as a test asks for, behind stand-ins for `catalog` and `customers`. */
export class StartedEntitlements {
  readonly replicas: Replica[] = [];

  private constructor(
    readonly databases: FreshDatabases,
    private readonly writers: ReadonlyMap<string, StandInWriter>,
  ) {}

  static async start(replicas = 1): Promise<StartedEntitlements> {
    const databases = await freshDatabases([entitlements.plan, standInPlan('catalog'), standInPlan('customers')]);
    await letIn(databases.inside('entitlements'), CALLERS);
    const writers = new Map<string, StandInWriter>();
    for (const name of ['catalog', 'customers']) writers.set(name, await StandInWriter.start(databases, name));
    const started = new StartedEntitlements(databases, writers);
    for (let count = 0; count < replicas; count++) await started.startReplica();
    return started;
  }

  async startReplica(): Promise<Replica> {
    const bus = await TcpProxy.before(this.databases.of('bus').infrastructureUrl);
    const service = await startService(entitlements, {
      DATABASE_URL: this.databases.of('entitlements').url,
      INFRASTRUCTURE_DATABASE_URL: this.databases.of('entitlements').infrastructureUrl,
      BUS_DATABASE_URL: bus.through(this.databases.of('bus').infrastructureUrl),
      SERVICE_TOKEN,
      STALE_AFTER_SECONDS: String(STALE_AFTER_SECONDS),
      LOG_LEVEL: process.env['TEST_LOG'] ?? 'silent',
    });
    const replica = { service, url: await service.listen(), bus };
    this.replicas.push(replica);
    return replica;
  }

  async stopReplicas(): Promise<void> {
    for (const { service, bus } of this.replicas.splice(0)) {
      await service.stop();
      await bus.refuse();
    }
  }

  async stop(): Promise<void> {
    await this.stopReplicas();
    for (const writer of this.writers.values()) await writer.stop();
    await this.databases.drop();
  }

  /** The administrator's pool: sees all organizations. */
  get inside(): PostgresPool {
    return this.databases.inside('entitlements');
  }

  /** Announces in the name of the topic's writer, all in one transaction. */
  async tell<T extends Topic>(topic: T, scope: Scope, ...facts: readonly DataOf<T>[]): Promise<void> {
    await this.writers.get(topic.name.split('.')[0] ?? '')!.announce(topic, scope, ...facts);
  }

  /** Announces, and waits until it has been read and its jobs are done. */
  async hear<T extends Topic>(topic: T, scope: Scope, ...facts: readonly DataOf<T>[]): Promise<void> {
    await this.tell(topic, scope, ...facts);
    await until('everything announced is read', () => this.writers.get(topic.name.split('.')[0] ?? '')!.isReadBy('entitlements', [topic]));
    await until('all jobs are done', async () => {
      const { rows } = await this.inside.query(
        `select 1 from pgboss.job where name = 'recompute-access' and state in ('created', 'retry', 'active')`,
      );
      return rows.length === 0;
    });
  }

  /** What was told of everybody's access, in the order of the outbox. */
  async told(): Promise<AccessChanged[]> {
    const { rows } = await this.inside.query<{ body: Buffer }>('select body from outbox where topic = $1 order by id', [
      AccessChanged.name,
    ]);
    return rows.map((row) => AccessChanged.data.parse(JSON.parse(row.body.toString())));
  }

  async get(path: string, key = 'acme-test-key', replica = this.replicas[0]!): Promise<Answer> {
    const response = await fetch(`${replica.url}${path}`, { headers: { authorization: `Bearer ${key}` } });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  /** Asks until the answer is as wanted. @returns milliseconds that it took */
  async answers(path: string, wanted: Record<string, unknown>, replica = this.replicas[0]!, withinMs = 10_000): Promise<number> {
    const began = Date.now();
    let last: Answer | null = null;
    const isSo = async () => {
      last = await this.get(path, 'acme-test-key', replica);
      return Object.entries(wanted).every(([name, value]) => last?.body[name] === value);
    };
    await until(`${path} answers ${JSON.stringify(wanted)}`, isSo, withinMs).catch((error: Error) => {
      throw new Error(`${error.message} The last answer was ${JSON.stringify(last)}`);
    });
    return Date.now() - began;
  }
}
