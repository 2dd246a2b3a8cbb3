import { Controller, Inject, Module } from '@nestjs/common';
import { Migration } from '@mikro-orm/migrations';
import { CustomerChanged, defineDeadLetters, StripeEventReceived, type EventOf } from '@turnpike/contracts-events';
import { OnTopic, openRoad, roadTables, type ServiceRoad } from '@turnpike/messaging';
import { Database, protectTable, ServiceConfig, type ServiceDefinition } from '@turnpike/service';
import { z } from 'zod';

export const BooksDeadLetters = defineDeadLetters('books');

const Config = ServiceConfig.extend({
  /** How long each handler takes. */
  BOOKS_HANDLER_MS: z.coerce.number().int().min(0).default(0),
});

class BooksTables extends Migration {
  override up(): void {
    for (const statement of roadTables('books')) this.addSql(statement);
    this.addSql(
      `create table effect (organization text not null, topic text not null, id text not null, version bigint not null, times int not null,
         at timestamptz not null default clock_timestamp(), primary key (organization, topic, id, version))`,
    );
    for (const statement of protectTable('books', 'effect')) this.addSql(statement);
  }
}

/** Adds one where a row is there already: what takes effect twice shows. */
const COUNT = `insert into effect (organization, topic, id, version, times) values ($1, $2, $3, $4, 1)
  on conflict (organization, topic, id, version) do update set times = effect.times + 1`;

@Controller()
class OnWhatIsTold {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject('handler milliseconds') private readonly handlerMs: number,
  ) {}

  @OnTopic(StripeEventReceived)
  async hint({ scope, topic, data }: EventOf<typeof StripeEventReceived>): Promise<void> {
    if (this.handlerMs > 0) await new Promise((resolve) => setTimeout(resolve, this.handlerMs));
    await this.database.current().sql(COUNT, [scope.organization, topic, data.eventId, 1]);
  }

  @OnTopic(CustomerChanged)
  async state({ scope, topic, data }: EventOf<typeof CustomerChanged>): Promise<void> {
    await this.database.current().sql(COUNT, [scope.organization, topic, data.stripeId ?? data.customerId, data.version.n]);
  }
}

@Module({})
class BooksModule {}

/** A reader like any other that counts how often each message took effect. */
export const books: ServiceDefinition<typeof Config, ServiceRoad> = {
  name: 'books',
  title: 'Counts what takes effect',
  config: Config,
  entities: [],
  plan: { service: 'books', migrations: [{ name: 'Migration20261121000001_books', class: BooksTables }] },
  doors: [],
  openRoad: (context) => openRoad(context, BooksDeadLetters),
  module: ({ database, config }) => ({
    module: BooksModule,
    controllers: [OnWhatIsTold],
    providers: [
      { provide: Database, useValue: database },
      { provide: 'handler milliseconds', useValue: config.BOOKS_HANDLER_MS },
    ],
  }),
};
