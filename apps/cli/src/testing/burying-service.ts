import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Module } from '@nestjs/common';
import { Migration } from '@mikro-orm/migrations';
import { PaymentsDeadLetters, type EventOf } from '@turnpike/contracts-events';
import { OnTopic, openRoad, roadTables, type ServiceRoad } from '@turnpike/messaging';
import {
  Database,
  DomainError,
  protectTable,
  ServiceConfig,
  startService,
  type RunningService,
  type ServiceDefinition,
} from '@turnpike/service';
import { Counted, CountingNode, freshDatabases, until, writerPlan, type FreshDatabases } from '@turnpike/testing';

export const SERVICE_TOKEN = 'a-service-token-of-24-characters';

class Refused extends DomainError {
  readonly kind = 'invalid';
  readonly code = 'refused_by_test';
}

/** What the handler below refuses, until somebody mends it. */
let isMended = false;

@Controller()
class OnCounted {
  constructor(private readonly database: Database) {}

  @OnTopic(Counted)
  async handle({ data, scope }: EventOf<typeof Counted>): Promise<void> {
    if (data.poison && !isMended) throw new Refused(`Refused: ${data.counter}.`);
    await this.database
      .current()
      .sql('insert into effect (organization, counter) values ($1, $2) on conflict do nothing', [scope.organization, data.counter]);
  }
}

class PaymentsTables extends Migration {
  override up(): void {
    for (const statement of roadTables('payments')) this.addSql(statement);
    this.addSql('create table effect (organization text not null, counter text not null, primary key (organization, counter))');
    for (const statement of protectTable('payments', 'effect')) this.addSql(statement);
  }
}

@Module({})
class PaymentsModule {}

/** By the name of a service that hears something; what it does is this test's. */
const definition: ServiceDefinition<typeof ServiceConfig, ServiceRoad> = {
  name: 'payments',
  title: 'A service that buries',
  config: ServiceConfig,
  entities: [],
  plan: { service: 'payments', migrations: [{ name: 'Migration20261121000001_payments', class: PaymentsTables }] },
  doors: ['/internal/payments'],
  openRoad: (context) => openRoad(context, PaymentsDeadLetters, [Counted]),
  module: ({ database }) => ({
    module: PaymentsModule,
    controllers: [OnCounted],
    providers: [{ provide: Database, useValue: database }],
  }),
};

/** A service on the in-process bus that buries what it is told to, with its door for operators, and the folder that `npm start` would keep. */
export class BuryingService {
  private constructor(
    private readonly databases: FreshDatabases,
    private readonly writer: CountingNode,
    private readonly service: RunningService,
    readonly url: string,
    readonly folder: string,
  ) {}

  static async start(): Promise<BuryingService> {
    const databases = await freshDatabases([writerPlan, definition.plan]);
    const busUrl = databases.of('bus').infrastructureUrl;
    const writer = await CountingNode.start({ role: 'writer', ...databases.of('writer'), busUrl });
    const service = await startService(definition, {
      DATABASE_URL: databases.of('payments').url,
      INFRASTRUCTURE_DATABASE_URL: databases.of('payments').infrastructureUrl,
      BUS_DATABASE_URL: busUrl,
      SERVICE_TOKEN,
      LOG_LEVEL: 'silent',
    });
    const url = await service.listen();
    const folder = await mkdtemp(join(tmpdir(), 'turnpike-cli-'));
    await writeFile(join(folder, 'running.json'), JSON.stringify({ url, pid: process.pid }));
    await writeFile(join(folder, 'secrets.json'), JSON.stringify({ serviceToken: SERVICE_TOKEN, passwordSeed: randomUUID() }));
    return new BuryingService(databases, writer, service, url, folder);
  }

  /** Has so many messages buried, each of an object of its own. */
  async bury(counters: readonly string[]): Promise<void> {
    const before = await this.letters();
    for (const counter of counters) {
      await this.writer.ask({ ask: 'announce', organization: 'acme', topic: 'state', data: { counter, version: 1, poison: 'domain' } });
    }
    await until(`${counters.length} letters more lie there`, async () => (await this.letters()) === before + counters.length);
  }

  /** As many letters as there would be of a long night: copies of those that lie there, each of a message of its own. */
  async multiply(times: number): Promise<void> {
    await this.databases.inside('payments').query(
      `insert into dead_letter
       select (jsonb_populate_record(letter, jsonb_build_object('number', letter.number + copy * 1000000, 'message_id', gen_random_uuid()))).*
         from dead_letter letter, generate_series(1, $1) copy`,
      [times - 1],
    );
  }

  /** As if nothing had been buried, and nothing mended. */
  async empty(): Promise<void> {
    isMended = false;
    await this.databases.inside('payments').query('truncate dead_letter, effect');
  }

  mend(): void {
    isMended = true;
  }

  /** The objects whose message took effect. */
  async effects(): Promise<string[]> {
    const { rows } = await this.databases.inside('payments').query<{ counter: string }>('select counter from effect order by counter');
    return rows.map(({ counter }) => counter);
  }

  async letters(): Promise<number> {
    const { rows } = await this.databases.inside('payments').query<{ count: number }>('select count(*)::int as count from dead_letter');
    return rows[0]?.count ?? 0;
  }

  async stop(): Promise<void> {
    await this.writer.ask({ ask: 'stop' }).catch(() => undefined);
    await this.service.stop();
    await this.databases.drop();
    await rm(this.folder, { recursive: true });
  }
}
