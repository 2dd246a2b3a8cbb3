import { Migration } from '@mikro-orm/migrations';
import { roadTables } from '@turnpike/messaging';
import { protectTable, type DatabasePlan } from '@turnpike/service';

class WriterTables extends Migration {
  override up(): void {
    for (const statement of roadTables('writer')) this.addSql(statement);
    this.addSql(
      `create table counter (organization text not null, id text not null, version bigint not null, primary key (organization, id))`,
    );
    for (const statement of protectTable('writer', 'counter')) this.addSql(statement);
  }
}

class ReaderTables extends Migration {
  override up(): void {
    for (const statement of roadTables('reader')) this.addSql(statement);
    this.addSql(
      `create table effect (organization text not null, counter text not null, version bigint not null, times int not null, topic text not null, latency_ms bigint not null, position bigint generated always as identity,
         primary key (organization, topic, counter, version))`,
    );
    for (const statement of protectTable('reader', 'effect')) this.addSql(statement);
  }
}

export const writerPlan: DatabasePlan = {
  service: 'writer',
  migrations: [{ name: 'Migration20261121000001_writer', class: WriterTables }],
};
export const readerPlan: DatabasePlan = {
  service: 'reader',
  migrations: [{ name: 'Migration20261121000001_reader', class: ReaderTables }],
};
