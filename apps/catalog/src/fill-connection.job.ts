import { Injectable } from '@nestjs/common';
import { Jobs } from '@turnpike/jobs';
import { Database } from '@turnpike/service';
import { KnownConnectionsService } from './known-connections.service.js';
import { FillConnection } from './sync-plan.js';

@Injectable()
export class FillConnectionJob {
  constructor(database: Database, connections: KnownConnectionsService, jobs: Jobs) {
    jobs.handle(FillConnection, ({ connectionId, afterPlanId }, { scope }) =>
      database.transaction(scope.organization, () => connections.fill(scope, connectionId, afterPlanId)),
    );
  }
}
