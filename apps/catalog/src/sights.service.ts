import { Injectable } from '@nestjs/common';
import { Jobs } from '@turnpike/jobs';
import type { StripeObject } from '@turnpike/mirror';
import { Database } from '@turnpike/service';
import { SyncPlan } from './sync-plan.js';
import { SyncRecord } from './sync-record.entity.js';

/** What is seen of Stripe's products and prices. Of those that are not ours nothing is shown. */
@Injectable()
export class SightsService {
  constructor(
    private readonly database: Database,
    private readonly jobs: Jobs,
  ) {}

  /** Something became known of one of Stripe's objects: if it is ours, its plan is looked at, under its own lock and not under the object's. */
  async show({ scope, connectionId, stripeId }: StripeObject): Promise<void> {
    const { organization, environment } = scope;
    const record = await this.database.current().em.findOne(SyncRecord, { organization, environment, connectionId, stripeId });
    if (record) await this.jobs.enqueue(SyncPlan, scope, { planId: record.planId }, { key: record.planId });
  }
}
