import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type {
  ClockChanged,
  CustomerChanged,
  PlanVersionChanged,
  Scope,
  SubscriptionChanged,
  WorkspaceChanged,
} from '@turnpike/contracts-events';
import { type Copy, forget, markDeleted } from '@turnpike/messaging';
import { Database } from '@turnpike/service';
import { AccessService } from './access.service.js';
import { KnownClock } from './known-clock.entity.js';
import { KnownCustomer } from './known-customer.entity.js';
import { KnownPlanVersion } from './known-plan-version.entity.js';
import { KnownRows } from './known-rows.js';
import { KnownSubscription } from './known-subscription.entity.js';
import { KnownWorkspace } from './known-workspace.entity.js';
import {
  fromClockChanged,
  fromCustomerChanged,
  fromPlanVersionChanged,
  fromSubscriptionChanged,
  fromWorkspaceChanged,
} from './known.mapping.js';
import { RecomputeAccessJob } from './recompute-access.job.js';

/**
 * Keeps what other services tell, and has access worked out anew from it. What belongs to one customer is worked out in the same transaction;
 * a plan or a clock may be many customers', and becomes a job (architecture rule 3).
 */
@Injectable()
export class KnownFactsService {
  private readonly customers: KnownRows<KnownCustomer>;
  private readonly workspaces: KnownRows<KnownWorkspace>;
  private readonly subscriptions: KnownRows<KnownSubscription>;
  private readonly planVersions: KnownRows<KnownPlanVersion>;
  private readonly clocks: KnownRows<KnownClock>;

  constructor(
    private readonly database: Database,
    private readonly access: AccessService,
    private readonly recomputing: RecomputeAccessJob,
  ) {
    this.customers = new KnownRows(database, KnownCustomer, whereIds);
    this.workspaces = new KnownRows(database, KnownWorkspace, whereIds);
    this.subscriptions = new KnownRows(database, KnownSubscription, whereIds);
    this.planVersions = new KnownRows(database, KnownPlanVersion, whereIds);
    this.clocks = new KnownRows(database, KnownClock, whereIds);
  }

  async prepareCustomers(heard: readonly { scope: Scope; data: CustomerChanged }[]): Promise<void> {
    await this.customers.prepare(heard.map(({ scope, data }) => fromCustomerChanged(scope, data)));
  }

  async keepCustomer(scope: Scope, told: CustomerChanged, now: Date): Promise<void> {
    if ((await this.customers.keep(fromCustomerChanged(scope, told))) !== undefined) this.access.touch(scope, told.customerId, now);
  }

  async keepWorkspace(scope: Scope, told: WorkspaceChanged, now: Date): Promise<void> {
    if ((await this.workspaces.keep(fromWorkspaceChanged(scope, told))) !== undefined) this.access.touch(scope, told.customerId, now);
  }

  async prepareSubscriptions(heard: readonly { scope: Scope; data: SubscriptionChanged }[]): Promise<void> {
    await this.subscriptions.prepare(heard.map(({ scope, data }) => fromSubscriptionChanged(scope, data)));
  }

  async keepSubscription(scope: Scope, told: SubscriptionChanged, now: Date): Promise<void> {
    const before = await this.subscriptions.keep(fromSubscriptionChanged(scope, told));
    if (before === undefined) return;
    this.access.touch(scope, told.customerId, now);
    if (before !== null && before.customerId !== told.customerId) this.access.touch(scope, before.customerId, now);
  }

  async keepPlanVersion(scope: Scope, told: PlanVersionChanged): Promise<void> {
    const heard = fromPlanVersionChanged(scope, told);
    const before = await this.planVersions.keep(heard);
    if (before === undefined || (before !== null && isDeepStrictEqual(before.facts, heard.facts))) return;
    await this.recomputing.enqueue(scope, { planVersionId: told.planVersionId });
  }

  /** What was told of these in a time that is lost never was (road 2.0 c). Each method runs with their order keys locked. */
  async loseCustomers(copies: readonly Copy[], now: Date): Promise<void> {
    await markDeleted(this.database.current(), 'known_customer', copies, now);
    for (const { scope, id } of copies) this.access.touch(scope, id, now);
  }

  async loseWorkspaces(copies: readonly Copy[], now: Date): Promise<void> {
    await markDeleted(this.database.current(), 'known_workspace', copies, now);
    for (const { scope, orderedBy } of copies) this.access.touch(scope, orderedBy, now);
  }

  async loseSubscriptions(copies: readonly Copy[], now: Date): Promise<void> {
    await forget(this.database.current(), { table: 'known_subscription' }, copies);
    for (const { scope, orderedBy } of copies) this.access.touch(scope, orderedBy, now);
  }

  async losePlanVersions(copies: readonly Copy[]): Promise<void> {
    await forget(this.database.current(), { table: 'known_plan_version' }, copies);
    for (const { scope, id } of copies) await this.recomputing.enqueue(scope, { planVersionId: id });
  }

  async keepClock(scope: Scope, told: ClockChanged): Promise<void> {
    if ((await this.clocks.keep(fromClockChanged(scope, told))) !== undefined)
      await this.recomputing.enqueue(scope, { clockId: told.clockId });
  }
}

function whereIds({ organization, environment }: Scope, ids: readonly string[]) {
  return { organization, environment, id: { $in: [...ids] } };
}
