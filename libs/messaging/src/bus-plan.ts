import { Migration } from '@mikro-orm/migrations';
import type { DatabasePlan } from '@turnpike/service';
import { busTables } from './road-tables.js';

class BusTables extends Migration {
  override up(): void {
    for (const statement of busTables()) this.addSql(statement);
  }
}

/** The database `bus`, where the in-process bus keeps its messages: provisioned beside those of the services, owned by none of them. */
export const busPlan: DatabasePlan = {
  service: 'bus',
  migrations: [{ name: 'Migration20261121090000_bus_tables', class: BusTables }],
};
