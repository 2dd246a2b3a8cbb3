import { Injectable } from '@nestjs/common';
import { type ConnectionChanged, isNewer, type Scope } from '@turnpike/contracts-events';
import { Intents } from '@turnpike/intents';
import { Jobs } from '@turnpike/jobs';
import { Database } from '@turnpike/service';
import { KnownConnection } from './known-connection.entity.js';
import { Plan } from './plan.entity.js';
import { FillConnection, SyncPlan } from './sync-plan.js';

const PLANS_PER_PAGE = 100;

/** Where the catalog is written to. Every method runs in the transaction of its caller. */
@Injectable()
export class KnownConnectionsService {
  constructor(
    private readonly database: Database,
    private readonly jobs: Jobs,
    private readonly intents: Intents,
  ) {}

  /** Keeps what was told, if it is newer; where the connection stands differently now, every plan is looked at for it. */
  async keep(scope: Scope, { connectionId, status, stripeAccountId, mayWrite = true, version }: ConnectionChanged): Promise<void> {
    const { organization, environment } = scope;
    const { em } = this.database.current();
    const known = await em.findOne(KnownConnection, { organization, environment, id: connectionId });
    if (!isNewer(version, known && { epoch: known.versionEpoch, n: known.versionN })) return;
    const isMoved = known?.status !== status || known.mayWrite !== mayWrite;
    const state = { status, stripeAccountId, mayWrite, versionEpoch: version.epoch, versionN: version.n };
    if (known) em.assign(known, state);
    else em.create(KnownConnection, { organization, environment, id: connectionId, ...state, revision: 1 });
    if (isMoved) await this.jobs.enqueue(FillConnection, scope, { connectionId, afterPlanId: '' }, { key: connectionId });
  }

  /** Looks at a page of plans, and at what waited for the connection. */
  async fill(scope: Scope, connectionId: string, afterPlanId: string): Promise<void> {
    const { organization, environment } = scope;
    const { em } = this.database.current();
    if (afterPlanId === '') await this.intents.resume(scope, connectionId);
    const where = { organization, environment, id: { $gt: afterPlanId } };
    const plans = await em.find(Plan, where, { orderBy: { id: 'asc' }, limit: PLANS_PER_PAGE });
    for (const { id } of plans) await this.jobs.enqueue(SyncPlan, scope, { planId: id }, { key: id });
    const last = plans.at(-1);
    if (!last || plans.length < PLANS_PER_PAGE) return;
    await this.jobs.enqueue(FillConnection, scope, { connectionId, afterPlanId: last.id }, { key: `${connectionId}/${last.id}` });
  }
}
