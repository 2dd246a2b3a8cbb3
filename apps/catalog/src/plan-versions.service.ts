import { Injectable } from '@nestjs/common';
import type { Scope } from '@turnpike/contracts-events';
import { checkPrices, type PlanVersionCreateRequest, type PlanVersionsListRequest } from '@turnpike/contracts-http';
import { FIRST_EPOCH, lockKeys } from '@turnpike/messaging';
import { Database, InputInvalid, isId, newId, pageOptions, pageWhere } from '@turnpike/service';
import { CatalogFactsService } from './catalog-facts.service.js';
import { productKeyOf } from './catalog-lock.js';
import { PlanVersionNotFound, PlanVersionPast } from './catalog.errors.js';
import { fromDeclaredTerms, type PlanTerms } from './plan-terms.rules.js';
import { PlanVersion } from './plan-version.entity.js';
import type { Plan } from './plan.entity.js';
import { PlansService } from './plans.service.js';
import { Price } from './price.entity.js';
import { SyncService } from './sync.service.js';

/** What plans promise, version by version. Every method runs in the transaction of its caller. */
@Injectable()
export class PlanVersionsService {
  constructor(
    private readonly database: Database,
    private readonly plans: PlansService,
    private readonly facts: CatalogFactsService,
    private readonly sync: SyncService,
  ) {}

  /** A draft. @throws PlanNotFound, InputInvalid for prices that do not fit the plan */
  async create(scope: Scope, planId: string, request: PlanVersionCreateRequest, now: Date): Promise<PlanVersion> {
    const plan = await this.plans.locked(scope, planId);
    const faults: { pointer: string; code: string; message: string }[] = [];
    checkPrices(plan.pricingType, request.prices, (path, message) =>
      faults.push({ pointer: `/${path.join('/')}`, code: 'custom', message }),
    );
    if (faults.length > 0) throw new InputInvalid(faults);
    const version = await this.add(scope, plan, fromDeclaredTerms(request), now);
    await this.facts.tellChanged(version, now);
    return version;
  }

  /** Adds a draft and publishes it. Call with the product's key locked. */
  async addPublished(scope: Scope, plan: Plan, terms: PlanTerms, now: Date): Promise<PlanVersion> {
    const version = await this.add(scope, plan, terms, now);
    await this.makeCurrent(version, now);
    return version;
  }

  /**
   * Makes it what new subscribers get; the one before stays for who has it. Of the current version: writes to Stripe again what was refused
   * there, or changed by others.
   * @throws PlanVersionNotFound, PlanVersionPast
   */
  async publish(scope: Scope, id: string, now: Date): Promise<PlanVersion> {
    const version = await this.locked(scope, id);
    if (version.status !== 'draft' && !version.isCurrent) throw new PlanVersionPast(id);
    if (version.status === 'draft') await this.makeCurrent(version, now);
    await this.sync.bring(scope, version.planId, now, { isAskedAgain: true });
    return version;
  }

  /** Nobody can get it any more; who has it keeps it. A second time changes nothing. @throws PlanVersionNotFound */
  async archive(scope: Scope, id: string, now: Date): Promise<PlanVersion> {
    const version = await this.locked(scope, id);
    if (version.status === 'archived') return version;
    Object.assign(version, { status: 'archived', isCurrent: false, archivedAt: now });
    await this.facts.tellChanged(version, now);
    await this.sync.bring(scope, version.planId, now);
    return version;
  }

  /** @throws PlanVersionNotFound also for another organization's or environment's */
  async one({ organization, environment }: Scope, id: string): Promise<PlanVersion> {
    const version = isId('pv', id) ? await this.database.current().em.findOne(PlanVersion, { organization, environment, id }) : null;
    if (!version) throw new PlanVersionNotFound(id);
    return version;
  }

  /** Newest first; one more than the page has, where there are more. */
  list({ organization, environment }: Scope, query: PlanVersionsListRequest): Promise<PlanVersion[]> {
    const { plan, status } = query;
    return this.database.current().em.find(
      PlanVersion,
      {
        organization,
        environment,
        ...(plan === undefined ? {} : { planId: plan }),
        ...(status === undefined ? {} : { status }),
        ...pageWhere(query, (text) => isId('pv', text)),
      },
      pageOptions(query),
    );
  }

  private async locked(scope: Scope, id: string): Promise<PlanVersion> {
    const { productId } = await this.one(scope, id);
    const transaction = this.database.current();
    await lockKeys(transaction, [productKeyOf(scope, productId)]);
    const { organization, environment } = scope;
    // As it is under the lock: somebody may have published it meanwhile.
    return transaction.em.findOneOrFail(PlanVersion, { organization, environment, id }, { refresh: true });
  }

  private async makeCurrent(version: PlanVersion, now: Date): Promise<void> {
    const { organization, environment, planId } = version;
    const before = await this.database.current().em.findOne(PlanVersion, { organization, environment, planId, isCurrent: true });
    if (before) before.isCurrent = false;
    Object.assign(version, { status: 'published', isCurrent: true, publishedAt: now });
    if (before) await this.facts.tellChanged(before, now);
    await this.facts.tellChanged(version, now);
  }

  private async add({ organization, environment }: Scope, plan: Plan, terms: PlanTerms, now: Date): Promise<PlanVersion> {
    const { em } = this.database.current();
    const { id: planId, productId } = plan;
    const [newest] = await em.find(PlanVersion, { organization, environment, planId }, { orderBy: { number: 'desc' }, limit: 1 });
    const id = newId('pv');
    for (const { amount, currency, interval, intervalCount } of terms.prices)
      em.create(Price, {
        ...{ organization, environment, id: newId('pc'), planVersionId: id, planId },
        ...{ amount, currency, interval, intervalCount, createdAt: now, revision: 1 },
      });
    return em.create(PlanVersion, {
      ...{ organization, environment, id, planId, productId, number: (newest?.number ?? 0) + 1, status: 'draft', isCurrent: false },
      ...{ features: [...terms.features], accessPolicy: terms.accessPolicy, trialDays: terms.trialDays },
      ...{ publishedAt: null, archivedAt: null, versionEpoch: FIRST_EPOCH, versionN: 0, createdAt: now, updatedAt: now, revision: 1 },
    });
  }
}
