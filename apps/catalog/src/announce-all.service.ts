import { Injectable } from '@nestjs/common';
import { CatalogSyncChanged, PlanVersionChanged } from '@turnpike/contracts-events';
import { AnnounceAll, Epochs, type ToldTopic } from '@turnpike/messaging';
import { Database, KnownOrganizations, Log } from '@turnpike/service';
import { CatalogFactsService } from './catalog-facts.service.js';
import { productKeyOf } from './catalog-lock.js';
import { PlanVersion } from './plan-version.entity.js';
import { SyncRecord } from './sync-record.entity.js';

/** Everybody who changes a row of a product's locks the product. */
const byProduct: Pick<ToldTopic, 'columns' | 'lockKeyOf'> = {
  columns: ['product_id'],
  lockKeyOf: (scope, row) => productKeyOf(scope, String(row['product_id'])),
};

/** Tells every plan version again, and where everything stands at Stripe. */
@Injectable()
export class AnnounceAllService extends AnnounceAll {
  constructor(database: Database, organizations: KnownOrganizations, log: Log, facts: CatalogFactsService, epochs: Epochs) {
    const told: ToldTopic[] = [
      {
        topic: PlanVersionChanged,
        table: 'plan_version',
        ...byProduct,
        tell: async ({ em, organization }, environment, ids) => {
          for (const row of await em.find(PlanVersion, { organization, environment, id: { $in: [...ids] } }, { orderBy: { id: 'asc' } }))
            await facts.tell(row);
        },
      },
      {
        topic: CatalogSyncChanged,
        table: 'sync_record',
        ...byProduct,
        tell: async ({ em, organization }, environment, ids) => {
          for (const row of await em.find(SyncRecord, { organization, environment, id: { $in: [...ids] } }, { orderBy: { id: 'asc' } }))
            if (row.versionN > 0) facts.tellSync(row);
        },
      },
    ];
    super({ service: 'catalog', database, organizations, log, epochs, told });
  }
}
