import { Injectable } from '@nestjs/common';
import type { Scope } from '@turnpike/contracts-events';
import type { PlanResponse, PlanVersionResponse, SyncResponse } from '@turnpike/contracts-http';
import { Database } from '@turnpike/service';
import { KnownConnection } from './known-connection.entity.js';
import { PlanVersion } from './plan-version.entity.js';
import { toPlanResponse, toPlanVersionResponse } from './plan-version.mapping.js';
import { Plan } from './plan.entity.js';
import { Price } from './price.entity.js';
import { SyncRecord } from './sync-record.entity.js';
import { toSyncResponse } from './sync.mapping.js';

/** What is sold, as it is shown: with where it stands at Stripe. Every method runs in the transaction of its caller. */
@Injectable()
export class CatalogViewsService {
  constructor(private readonly database: Database) {}

  /** How each of these plans is shown; all that is needed is read at once. */
  async ofPlans(scope: Scope, plans: readonly Plan[]): Promise<(plan: Plan) => PlanResponse> {
    const { organization, environment } = scope;
    const planId = { $in: plans.map(({ id }) => id) };
    const current = await this.database.current().em.find(PlanVersion, { organization, environment, planId, isCurrent: true });
    const syncOf = await this.syncOf(scope, [...planId.$in]);
    return (plan) => toPlanResponse(plan, current.find((version) => version.planId === plan.id)?.id ?? null, syncOf(plan.id));
  }

  /** The same of versions. */
  async ofVersions(scope: Scope, versions: readonly PlanVersion[]): Promise<(version: PlanVersion) => PlanVersionResponse> {
    const own = { organization: scope.organization, environment: scope.environment };
    const { em } = this.database.current();
    const planIds = [...new Set(versions.map(({ planId }) => planId))];
    const plans = new Map((await em.find(Plan, { ...own, id: { $in: planIds } })).map((plan) => [plan.id, plan]));
    const prices = await em.find(Price, { ...own, planVersionId: { $in: versions.map(({ id }) => id) } }, { orderBy: { id: 'asc' } });
    const syncOf = await this.syncOf(scope, planIds);
    return (version) => {
      const plan = plans.get(version.planId);
      if (!plan) throw new Error(`${version.id} is of no plan.`);
      return toPlanVersionResponse(
        version,
        plan,
        prices.filter(({ planVersionId }) => planVersionId === version.id),
        syncOf,
      );
    };
  }

  async plan(scope: Scope, plan: Plan): Promise<PlanResponse> {
    return (await this.ofPlans(scope, [plan]))(plan);
  }

  async version(scope: Scope, version: PlanVersion): Promise<PlanVersionResponse> {
    return (await this.ofVersions(scope, [version]))(version);
  }

  private async syncOf({ organization, environment }: Scope, planIds: string[]): Promise<(entityId: string) => SyncResponse[]> {
    const { em } = this.database.current();
    const records = await em.find(SyncRecord, { organization, environment, planId: { $in: planIds } }, { orderBy: { id: 'asc' } });
    const connections = await em.find(KnownConnection, { organization, environment });
    const connectionOf = (record: SyncRecord) => connections.find(({ id }) => id === record.connectionId) ?? null;
    return (entityId) =>
      records.filter((record) => record.entityId === entityId).map((record) => toSyncResponse(record, connectionOf(record)));
  }
}
