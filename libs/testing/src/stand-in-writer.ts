import { Migration } from '@mikro-orm/migrations';
import { type DataOf, defineDeadLetters, type Scope, type Topic } from '@turnpike/contracts-events';
import { openRoad, roadTables, type ServiceRoad } from '@turnpike/messaging';
import { Database, Log, ServiceConfig, type DatabasePlan } from '@turnpike/service';
import { Registry } from 'prom-client';
import type { FreshDatabases } from './cluster.js';

/** The outbox of a service, and nothing else of it: provision it beside the service under test. */
export function standInPlan(service: string): DatabasePlan {
  class RoadOnly extends Migration {
    override up(): void {
      for (const statement of roadTables(service)) this.addSql(statement);
    }
  }
  return { service, migrations: [{ name: 'Migration20261121000000_road', class: RoadOnly }] };
}

/** Announces what a test says in the name of a service that does not run, through a real outbox and relay on the in-process bus. */
export class StandInWriter {
  private constructor(
    private readonly service: string,
    private readonly databases: FreshDatabases,
    private readonly database: Database,
    private readonly road: ServiceRoad,
  ) {}

  /** @param service one of the plans in `databases`, made by `standInPlan` */
  static async start(databases: FreshDatabases, service: string): Promise<StandInWriter> {
    const { url, infrastructureUrl } = databases.of(service);
    const config = ServiceConfig.parse({
      DATABASE_URL: url,
      INFRASTRUCTURE_DATABASE_URL: infrastructureUrl,
      BUS_DATABASE_URL: databases.of('bus').infrastructureUrl,
      SERVICE_TOKEN: 'a-service-token-of-24-characters',
    });
    const database = await Database.open({ url, service, entities: [] });
    const parts = {
      name: service,
      config,
      database,
      registry: new Registry(),
      log: Log.of(service, 'silent'),
    };
    const road = await openRoad(parts, defineDeadLetters(service));
    await road.start();
    return new StandInWriter(service, databases, database, road);
  }

  /** All in one transaction. */
  async announce<T extends Topic>(topic: T, scope: Scope, ...facts: readonly DataOf<T>[]): Promise<void> {
    await this.database.transaction(scope.organization, async () => {
      for (const fact of facts) this.road.outbox.announce(topic, scope, fact);
    });
  }

  /** How many messages the relay has not appended yet. */
  async unsent(): Promise<number> {
    const told = await this.databases.inside(this.service).query<{ n: string }>('select count(*) as n from outbox');
    const sent = await this.databases
      .inside('bus')
      .query<{ n: string }>(`select coalesce(sum(number), 0) as n from relay_partition where service = $1`, [this.service]);
    return Number(told.rows[0]?.n) - Number(sent.rows[0]?.n);
  }

  /** Whether a service has read all that was announced here, of these topics. */
  async isReadBy(reader: string, topics: readonly Topic[]): Promise<boolean> {
    if ((await this.unsent()) > 0) return false;
    const names = topics.map((topic) => topic.name);
    const { rows: heads } = await this.databases
      .inside('bus')
      .query<{ topic: string; partition: number; number: string }>(
        'select topic, partition, number from relay_partition where service = $1 and topic = any($2)',
        [this.service, names],
      );
    const { rows: places } = await this.databases
      .inside(reader)
      .query<{ topic: string; partition: number; next_offset: string }>(
        `select topic, partition, next_offset from place where organization = '' and topic = any($1)`,
        [names],
      );
    const place = new Map(places.map((row) => [`${row.topic} ${row.partition}`, BigInt(row.next_offset)]));
    return heads.every((head) => (place.get(`${head.topic} ${head.partition}`) ?? 0n) > BigInt(head.number));
  }

  async stop(): Promise<void> {
    await this.road.stop();
    await this.database.close();
  }
}
