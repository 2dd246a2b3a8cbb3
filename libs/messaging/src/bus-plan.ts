import { Migration } from '@mikro-orm/migrations';
import type { DatabasePlan } from '@turnpike/service';
import { busTables } from './road-tables.js';

class Migration20261121090000_create_bus extends Migration {
  override up(): void {
    for (const statement of busTables()) this.addSql(statement);
  }
}

/** The database of the in-process bus. */
export const busPlan: DatabasePlan = { service: 'bus', migrations: [{ name: 'Migration20261121090000_create_bus', class: Migration20261121090000_create_bus }] };
