import { Injectable } from '@nestjs/common';
import type { Scope } from '@turnpike/contracts-events';
import type { PlanCreateRequest, PlansListRequest } from '@turnpike/contracts-http';
import { lockKeys } from '@turnpike/messaging';
import { Database, isId, newId, pageOptions, pageWhere } from '@turnpike/service';
import { CatalogFactsService } from './catalog-facts.service.js';
import { productKeyOf } from './catalog-lock.js';
import { KeyTaken, PlanNotFound } from './catalog.errors.js';
import { PlanVersion } from './plan-version.entity.js';
import { Plan } from './plan.entity.js';
import { ProductsService } from './products.service.js';

/** Ways to have a product. Every method runs in the transaction of its caller. */
@Injectable()
export class PlansService {
  constructor(
    private readonly database: Database,
    private readonly products: ProductsService,
    private readonly facts: CatalogFactsService,
  ) {}

  /** @throws ProductNotFound, KeyTaken */
  async create(scope: Scope, request: PlanCreateRequest, now: Date): Promise<Plan> {
    const { organization, environment } = scope;
    const { id: productId } = await this.products.one(scope, request.productId);
    const transaction = this.database.current();
    await lockKeys(transaction, [productKeyOf(scope, productId)]);
    const known = await transaction.em.findOne(Plan, { organization, environment, productId, key: request.key });
    if (known) throw new KeyTaken('Plan', request.key, known.id);
    return this.add(scope, request, now);
  }

  /** Call with the product's key locked, for a key that no plan of it has. */
  add({ organization, environment }: Scope, { productId, key, name, pricingType }: PlanCreateRequest, now: Date): Plan {
    const times = { createdAt: now, updatedAt: now, revision: 1 };
    const { em } = this.database.current();
    return em.create(Plan, { organization, environment, id: newId('pl'), productId, key, name, pricingType, ...times });
  }

  /** Calls it otherwise, and tells it of every version that was told. Call with the product's key locked. */
  async rename(plan: Plan, name: string, now: Date): Promise<void> {
    const { organization, environment, id: planId } = plan;
    Object.assign(plan, { name, updatedAt: now });
    const versions = await this.database.current().em.find(PlanVersion, { organization, environment, planId }, { orderBy: { id: 'asc' } });
    for (const version of versions) await this.facts.tellChanged(version, now);
  }

  /** The plan, with its product's key locked. @throws PlanNotFound also for another organization's or environment's */
  async locked(scope: Scope, id: string): Promise<Plan> {
    const plan = await this.one(scope, id);
    await lockKeys(this.database.current(), [productKeyOf(scope, plan.productId)]);
    return plan;
  }

  /** @throws PlanNotFound also for another organization's or environment's */
  async one({ organization, environment }: Scope, id: string): Promise<Plan> {
    const plan = isId('pl', id) ? await this.database.current().em.findOne(Plan, { organization, environment, id }) : null;
    if (!plan) throw new PlanNotFound(id);
    return plan;
  }

  /** Newest first; one more than the page has, where there are more. */
  list({ organization, environment }: Scope, query: PlansListRequest): Promise<Plan[]> {
    const { product, key } = query;
    return this.database.current().em.find(
      Plan,
      {
        organization,
        environment,
        ...(product === undefined ? {} : { productId: product }),
        ...(key === undefined ? {} : { key }),
        ...pageWhere(query, (text) => isId('pl', text)),
      },
      pageOptions(query),
    );
  }
}
