import { Injectable } from '@nestjs/common';
import { Jobs } from '@turnpike/jobs';
import { Database } from '@turnpike/service';
import { PlansService } from './plans.service.js';
import { SyncPlan } from './sync-plan.js';
import { SyncService } from './sync.service.js';

@Injectable()
export class SyncPlanJob {
  constructor(database: Database, plans: PlansService, sync: SyncService, jobs: Jobs) {
    jobs.handle(SyncPlan, ({ planId }, { scope }) =>
      database.transaction(scope.organization, async () => {
        await plans.locked(scope, planId);
        await sync.bring(scope, planId, new Date());
      }),
    );
  }
}
