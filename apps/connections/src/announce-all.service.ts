import { Injectable } from '@nestjs/common';
import { ConnectionChanged, wireKey } from '@turnpike/contracts-events';
import { AnnounceAll, Epochs } from '@turnpike/messaging';
import { Database, KnownOrganizations, Log } from '@turnpike/service';
import { ConnectionRowsService } from './connection-rows.service.js';
import { Connection } from './connection.entity.js';
import { DeclaredConnections } from './declared-connections.service.js';

/** Tells every connection again, removed ones as well. */
@Injectable()
export class AnnounceAllService extends AnnounceAll {
  constructor(
    database: Database,
    organizations: KnownOrganizations,
    declared: DeclaredConnections,
    log: Log,
    rows: ConnectionRowsService,
    epochs: Epochs,
  ) {
    // An organization may have been declared here before it was told by its service.
    const list = async () =>
      [...new Set([...(await organizations.list()), ...(declared.all ?? []).map(({ organization }) => organization)])].sort();
    super({
      service: 'connections',
      database,
      organizations: { list },
      log,
      epochs,
      told: [
        {
          topic: ConnectionChanged,
          table: 'connection',
          lockKeyOf: (scope, row) => wireKey(scope, row.id),
          tell: async ({ em, organization }, environment, ids) => {
            for (const row of await em.find(Connection, { organization, environment, id: { $in: [...ids] } }, { orderBy: { id: 'asc' } }))
              rows.tell(row);
          },
        },
      ],
    });
  }
}
