import { Injectable } from '@nestjs/common';
import type { Scope } from '@turnpike/contracts-events';
import type { CatalogApplyRequest, CatalogApplyResponse } from '@turnpike/contracts-http';
import { lockKeys } from '@turnpike/messaging';
import { Database, InputInvalid } from '@turnpike/service';
import { catalogKeyOf, productKeyOf } from './catalog-lock.js';
import {
  catalogChanges,
  faultsOf,
  type KnownPlan,
  type KnownProduct,
  type PlanChange,
  type ProductChange,
} from './catalog-changes.rules.js';
import { inOneSpelling } from './plan-terms.rules.js';
import { PlanVersion } from './plan-version.entity.js';
import { termsOf } from './plan-version.mapping.js';
import { PlanVersionsService } from './plan-versions.service.js';
import { Plan } from './plan.entity.js';
import { PlansService } from './plans.service.js';
import { Price } from './price.entity.js';
import { Product } from './product.entity.js';
import { ProductsService } from './products.service.js';
import { SyncService } from './sync.service.js';

type AppliedProduct = CatalogApplyResponse['products'][number];
type AppliedPlan = AppliedProduct['plans'][number];

/** The catalog as a file declares it. Runs in the transaction of its caller: all of the file or nothing. */
@Injectable()
export class DeclaredCatalogService {
  constructor(
    private readonly database: Database,
    private readonly products: ProductsService,
    private readonly plans: PlansService,
    private readonly versions: PlanVersionsService,
    private readonly sync: SyncService,
  ) {}

  /**
   * Makes the catalog what the file says; the same file again changes nothing. What the file does not name stays.
   * @throws InputInvalid for what cannot be, with the places in the file
   */
  async apply(scope: Scope, request: CatalogApplyRequest, isDryRun: boolean, now: Date): Promise<CatalogApplyResponse> {
    const changes = catalogChanges(request, await this.known(scope, request));
    const faults = faultsOf(changes);
    if (faults.length > 0) throw new InputInvalid(faults);
    const products: AppliedProduct[] = [];
    for (const change of changes) products.push(isDryRun ? wouldBe(change) : await this.applyProduct(scope, change, now));
    const isChanged = products.some(({ change, plans }) => change !== 'unchanged' || plans.some((plan) => plan.change !== 'unchanged'));
    return { isDryRun, isChanged, products };
  }

  private async applyProduct(scope: Scope, change: ProductChange, now: Date): Promise<AppliedProduct> {
    const { organization, environment } = scope;
    const { em } = this.database.current();
    const { declared, known, differences } = change;
    const product = known
      ? await em.findOneOrFail(Product, { organization, environment, id: known.id })
      : this.products.add(scope, declared.key, declared.name, now);
    if (differences.length > 0) Object.assign(product, { name: declared.name, freePlanKey: declared.freePlan ?? null, updatedAt: now });
    const plans: AppliedPlan[] = [];
    for (const plan of change.plans) plans.push(await this.applyPlan(scope, product.id, plan, now));
    // Its name is part of the names of all its plans at Stripe, of those too that the file does not name.
    if (differences.includes('name')) await this.bringAll(scope, product.id, now);
    return { ...wouldBe(change), id: product.id, plans };
  }

  private async applyPlan(scope: Scope, productId: string, change: PlanChange, now: Date): Promise<AppliedPlan> {
    const { organization, environment } = scope;
    const { declared, known, terms, isRenamed, isNewVersion } = change;
    const plan = known
      ? await this.database.current().em.findOneOrFail(Plan, { organization, environment, id: known.id })
      : this.plans.add(scope, { productId, ...declared }, now);
    if (isRenamed) await this.plans.rename(plan, declared.name, now);
    if (isNewVersion) await this.versions.addPublished(scope, plan, terms, now);
    if (isRenamed || isNewVersion) await this.sync.bring(scope, plan.id, now);
    return { ...planWouldBe(change), id: plan.id };
  }

  private async bringAll(scope: Scope, productId: string, now: Date): Promise<void> {
    const { organization, environment } = scope;
    for (const { id } of await this.database.current().em.find(Plan, { organization, environment, productId }))
      await this.sync.bring(scope, id, now);
  }

  /** What the file names, as it is, locked. */
  private async known(scope: Scope, request: CatalogApplyRequest): Promise<KnownProduct[]> {
    const own = { organization: scope.organization, environment: scope.environment };
    const transaction = this.database.current();
    const { em } = transaction;
    await lockKeys(transaction, [catalogKeyOf(scope)]);
    const products = await em.find(Product, { ...own, key: { $in: request.products.map(({ key }) => key) } });
    await lockKeys(
      transaction,
      products.map(({ id }) => productKeyOf(scope, id)),
    );
    const ids = products.map(({ id }) => id);
    const plans = await em.find(Plan, { ...own, productId: { $in: ids } });
    const versions = await em.find(PlanVersion, { ...own, productId: { $in: ids } });
    const current = versions.filter(({ isCurrent }) => isCurrent).map(({ id }) => id);
    const prices = await em.find(Price, { ...own, planVersionId: { $in: current } });
    return products.map(({ id, key, name, freePlanKey }) => ({
      ...{ id, key, name, freePlanKey },
      plans: plans.filter(({ productId }) => productId === id).map((plan) => knownPlan(plan, versions, prices)),
    }));
  }
}

function knownPlan({ id, key, name, pricingType }: Plan, all: readonly PlanVersion[], prices: readonly Price[]): KnownPlan {
  const versions = all.filter(({ planId }) => planId === id);
  const current = versions.find(({ isCurrent }) => isCurrent);
  const terms =
    current &&
    inOneSpelling(
      termsOf(
        current,
        prices.filter(({ planVersionId }) => planVersionId === current.id),
      ),
    );
  return {
    ...{ id, key, name, pricingType },
    current: current && terms ? { number: current.number, terms } : null,
    newestNumber: Math.max(0, ...versions.map(({ number }) => number)),
  };
}

function wouldBe({ declared, known, differences, plans }: ProductChange): AppliedProduct {
  const change = known === null ? 'created' : differences.length > 0 ? 'changed' : 'unchanged';
  return { key: declared.key, id: known?.id ?? null, change, differences: [...differences], plans: plans.map(planWouldBe) };
}

function planWouldBe({ declared, known, isNewVersion, differences }: PlanChange): AppliedPlan {
  const change = known === null ? 'created' : differences.length > 0 ? 'changed' : 'unchanged';
  const next = (known?.newestNumber ?? 0) + 1;
  const versionNumber = isNewVersion ? next : (known?.current?.number ?? next);
  return { key: declared.key, id: known?.id ?? null, change, differences: [...differences], versionNumber };
}
