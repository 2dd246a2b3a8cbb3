import { Injectable } from '@nestjs/common';
import { ApiKeyChanged, OrganizationChanged, wireKey } from '@turnpike/contracts-events';
import { AnnounceAll, Epochs } from '@turnpike/messaging';
import { Database, KnownOrganizations, Log } from '@turnpike/service';
import { ApiKey } from './api-key.entity.js';
import { apiKeysLock, ApiKeysService } from './api-keys.service.js';
import { Organization } from './organization.entity.js';
import { OrganizationsService } from './organizations.service.js';

/** Tells every organization and every API key again. */
@Injectable()
export class AnnounceAllService extends AnnounceAll {
  constructor(
    database: Database,
    known: KnownOrganizations,
    log: Log,
    organizations: OrganizationsService,
    apiKeys: ApiKeysService,
    epochs: Epochs,
  ) {
    super({
      service: 'organizations',
      database,
      organizations: known,
      log,
      epochs,
      told: [
        {
          topic: OrganizationChanged,
          table: 'organization',
          lockKeyOf: (scope, row) => wireKey(scope, row.id),
          tell: async ({ em, organization }, environment, ids) => {
            for (const row of await em.find(Organization, { organization, environment, id: { $in: [...ids] } })) organizations.tell(row);
          },
        },
        {
          topic: ApiKeyChanged,
          table: 'api_key',
          lockKeyOf: apiKeysLock,
          tell: async ({ em, organization }, environment, ids) => {
            for (const row of await em.find(ApiKey, { organization, environment, id: { $in: [...ids] } }, { orderBy: { id: 'asc' } }))
              apiKeys.tell(row);
          },
        },
      ],
    });
  }
}
