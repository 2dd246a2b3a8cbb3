import { Injectable } from '@nestjs/common';
import { AccessChanged } from '@turnpike/contracts-events';
import { AnnounceAll, Epochs } from '@turnpike/messaging';
import { Database, KnownOrganizations, Log } from '@turnpike/service';
import { Access } from './access.entity.js';
import { AccessService } from './access.service.js';

/** Tells everybody's access again. */
@Injectable()
export class AnnounceAllService extends AnnounceAll {
  constructor(database: Database, organizations: KnownOrganizations, log: Log, access: AccessService, epochs: Epochs) {
    super({
      service: 'entitlements',
      database,
      organizations,
      log,
      epochs,
      told: [
        {
          topic: AccessChanged,
          table: 'access',
          columns: ['customer_id'],
          lockKeyOf: ({ organization, environment }, row) => `${organization}/${environment}/${String(row['customer_id'])}`,
          tell: async ({ em, organization }, environment, ids) => {
            for (const row of await em.find(Access, { organization, environment, id: { $in: [...ids] } }, { orderBy: { id: 'asc' } }))
              access.tell(row);
          },
        },
      ],
    });
  }
}
