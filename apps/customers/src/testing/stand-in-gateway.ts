import { Migration } from '@mikro-orm/migrations';
import { defineDeadLetters, type Scope, StripeEventReceived } from '@turnpike/contracts-events';
import { openRoad, roadTables, type ServiceRoad } from '@turnpike/messaging';
import { Database, Log, ServiceConfig, type DatabasePlan } from '@turnpike/service';
import type { FreshDatabases } from '@turnpike/testing';
import { Registry } from 'prom-client';

class RoadOnly extends Migration {
  override up(): void {
    for (const statement of roadTables('gateway')) this.addSql(statement);
  }
}

/** The outbox of a gateway, and nothing else of it. */
export const standInPlan: DatabasePlan = { service: 'gateway', migrations: [{ name: 'Migration20261121000000_road', class: RoadOnly }] };

/** A writer of `gateway.stripe-event.received.v1` that announces what it is given, through a real outbox and relay. */
export class StandInGateway {
  private constructor(
    private readonly databases: FreshDatabases,
    private readonly database: Database,
    private readonly road: ServiceRoad,
  ) {}

  static async start(databases: FreshDatabases): Promise<StandInGateway> {
    const { url, infrastructureUrl } = databases.of('gateway');
    const config = ServiceConfig.parse({
      DATABASE_URL: url,
      INFRASTRUCTURE_DATABASE_URL: infrastructureUrl,
      BUS_DATABASE_URL: databases.of('bus').infrastructureUrl,
      SERVICE_TOKEN: 'a-service-token-of-24-characters',
    });
    const database = await Database.open({ url, service: 'gateway', entities: [] });
    const parts = {
      name: 'gateway',
      config,
      database,
      registry: new Registry(),
      log: Log.of('gateway', 'silent'),
    };
    const road = await openRoad(parts, defineDeadLetters('gateway'));
    await road.start();
    return new StandInGateway(databases, database, road);
  }

  async announce(scope: Scope, events: readonly StripeEventReceived[]): Promise<void> {
    await this.database.transaction(scope.organization, async () => {
      for (const event of events) this.road.outbox.announce(StripeEventReceived, scope, event);
    });
  }

  /** How many messages the relay has not appended yet. */
  async unsent(): Promise<number> {
    const told = await this.databases.inside('gateway').query<{ n: string }>('select count(*) as n from outbox');
    const sent = await this.databases
      .inside('bus')
      .query<{ n: string }>(`select coalesce(sum(number), 0) as n from relay_partition where service = 'gateway'`);
    return Number(told.rows[0]?.n) - Number(sent.rows[0]?.n);
  }

  async stop(): Promise<void> {
    await this.road.stop();
    await this.database.close();
  }
}
