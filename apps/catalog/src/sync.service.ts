import { Injectable } from '@nestjs/common';
import type { Scope } from '@turnpike/contracts-events';
import { type IntentOutcome, Intents, type StripeIntent } from '@turnpike/intents';
import { FIRST_EPOCH, lockKeys } from '@turnpike/messaging';
import { Mirror, orderKeyOf } from '@turnpike/mirror';
import { Database } from '@turnpike/service';
import { CatalogFactsService } from './catalog-facts.service.js';
import { DriftService } from './drift.service.js';
import { KnownConnection } from './known-connection.entity.js';
import { PlanVersion } from './plan-version.entity.js';
import { Plan } from './plan.entity.js';
import { Price } from './price.entity.js';
import { Product } from './product.entity.js';
import { stripeProductName } from './stripe-words.rules.js';
import { StripeWrites } from './stripe-writes.service.js';
import { SyncRecord } from './sync-record.entity.js';
import { toSyncChanged } from './sync.mapping.js';
import { isPriceActive, skipReasonOf } from './sync.rules.js';

/** A plan as it is brought to Stripe. */
interface Sale {
  readonly scope: Scope;
  readonly product: Product;
  readonly plan: Plan;
  readonly current: PlanVersion | null;
  /** Of every version that was ever published. */
  readonly prices: readonly Price[];
  readonly records: Map<string, SyncRecord>;
  readonly now: Date;
  readonly isAskedAgain: boolean;
}

export interface BringOptions {
  /** Somebody published again: see `nextWrite`. */
  readonly isAskedAgain?: boolean;
  readonly isJudged?: boolean;
}

/**
 * Brings the catalog to Stripe: a product for each paid plan on each connection that works, then the prices of its current version, then the
 * end of the prices before them. Every method runs in the transaction of its caller, with the product's key locked.
 */
@Injectable()
export class SyncService {
  constructor(
    private readonly database: Database,
    private readonly intents: Intents,
    private readonly mirror: Mirror,
    private readonly writes: StripeWrites,
    private readonly drift: DriftService,
    private readonly facts: CatalogFactsService,
  ) {
    this.intents.whenSettled((scope, intent, outcome, now) => this.settled(scope, intent, outcome, now));
  }

  /** Looks at a plan on every connection, also at what others did there, and stores what is to be written next; silent where nothing is. */
  async bring(scope: Scope, planId: string, now: Date, { isAskedAgain = false, isJudged = true }: BringOptions = {}): Promise<void> {
    const { em } = this.database.current();
    const own = { organization: scope.organization, environment: scope.environment };
    // What this transaction has changed so far is looked for below, and the ORM asks the database.
    await em.flush();
    const plan = await em.findOneOrFail(Plan, { ...own, id: planId });
    const versions = await em.find(PlanVersion, { ...own, planId, publishedAt: { $ne: null } });
    if (versions.length === 0) return;
    const product = await em.findOneOrFail(Product, { ...own, id: plan.productId });
    const prices = await em.find(Price, { ...own, planVersionId: { $in: versions.map(({ id }) => id) } }, { orderBy: { id: 'asc' } });
    const records = new Map((await em.find(SyncRecord, { ...own, planId })).map((record) => [record.id, record]));
    const before = new Map([...records].map(([id, record]) => [id, factOf(record)]));
    if (isJudged) await this.drift.judge([...records.values()]);
    const current = versions.find(({ isCurrent }) => isCurrent) ?? null;
    const sale: Sale = { scope, product, plan, current, prices, records, now, isAskedAgain };
    for (const connection of await em.find(KnownConnection, own, { orderBy: { id: 'asc' } })) await this.bringTo(connection, sale);
    for (const record of records.values()) this.tellIfNews(record, before.get(record.id), now);
  }

  private async bringTo(connection: KnownConnection, sale: Sale): Promise<void> {
    const { product, plan, current, prices, now, isAskedAgain } = sale;
    const there = [...sale.records.values()].filter(({ connectionId }) => connectionId === connection.id);
    if (connection.status === 'removing' || connection.status === 'removed') {
      for (const record of there) record.detachedAt ??= now;
      return;
    }
    const isUsable = connection.status === 'verified' || connection.status === 'degraded';
    if (!isUsable && there.length === 0) return;

    const ofProduct = this.recordOf(sale, connection.id, null);
    ofProduct.skipReason = skipReasonOf(plan.pricingType, connection.mayWrite);
    if (ofProduct.skipReason !== null) return;
    await this.writes.product(ofProduct, { name: stripeProductName(product.name, plan.name), active: true }, isAskedAgain);
    if (ofProduct.stripeId === null) return;

    const isOfCurrent = (price: Price) => price.planVersionId === current?.id;
    const known = (price: Price) => sale.records.get(recordId(connection.id, price.id));
    const isSuccessorThere = prices.filter(isOfCurrent).every((price) => (known(price)?.stripeId ?? null) !== null);
    for (const price of prices) {
      if (!isOfCurrent(price) && !known(price)) continue;
      const active = isPriceActive(isOfCurrent(price), current !== null, isSuccessorThere);
      await this.writes.price(this.recordOf(sale, connection.id, price), price, ofProduct.stripeId, { active }, isAskedAgain);
    }
  }

  /** Takes Stripe's answer, in the transaction that keeps it. */
  private async settled(scope: Scope, { subject, cause }: StripeIntent, outcome: IntentOutcome, now: Date): Promise<void> {
    const { organization, environment } = scope;
    const record = await this.database.current().em.findOne(SyncRecord, { organization, environment, id: subject });
    if (!record || record.openCause !== cause) return;
    const before = factOf(record);
    Object.assign(record, { attempts: record.attempts + 1, lastAttemptAt: now });
    if (outcome.is !== 'done') {
      const isOver = outcome.is === 'refused';
      Object.assign(record, { error: outcome.error, isBlocked: !isOver && outcome.isBlocked, openCause: isOver ? null : cause });
      return this.tellIfNews(record, before, now);
    }
    const isNew = record.stripeId === null;
    const { stripeId } = outcome;
    const written = record.attempted;
    Object.assign(record, { stripeId, written, openCause: null, error: null, isBlocked: false, drift: [], lastSyncedAt: now });
    this.tellIfNews(record, before, now);
    if (isNew && record.planVersionId !== null) await this.tellOfPrice(record, record.planVersionId, now);
    // What the mirror holds is older than this answer: nothing can be said about what others did.
    await this.bring(scope, record.planId, now, { isJudged: false });
    await this.doubt(scope, record, stripeId, now);
  }

  /** The answer of our own write may already be old: the mirror looks at the object again (architecture rule 5). */
  private async doubt(scope: Scope, { connectionId, entityType }: SyncRecord, stripeId: string, now: Date): Promise<void> {
    const object = { scope, connectionId, stripeId };
    await lockKeys(this.database.current(), [orderKeyOf(object)]);
    await this.mirror.suspect(entityType, object, 'own-write', now);
  }

  private async tellOfPrice({ organization, environment }: SyncRecord, planVersionId: string, now: Date): Promise<void> {
    const version = await this.database.current().em.findOneOrFail(PlanVersion, { organization, environment, id: planVersionId });
    await this.facts.tellChanged(version, now);
  }

  /** The record of the plan's product, or of a price; made where there is none. */
  private recordOf({ scope, plan, records, now }: Sale, connectionId: string, price: Price | null): SyncRecord {
    const entityId = price?.id ?? plan.id;
    const id = recordId(connectionId, entityId);
    const known = records.get(id);
    if (known) return known;
    const record = this.database.current().em.create(SyncRecord, {
      ...{ organization: scope.organization, environment: scope.environment, id, connectionId, entityId },
      entityType: price === null ? 'product' : 'price',
      ...{ productId: plan.productId, planId: plan.id, planVersionId: price?.planVersionId ?? null },
      ...{ stripeId: null, skipReason: null, written: null, attempted: null, openCause: null, changes: 0, attempts: 0 },
      ...{ lastAttemptAt: null, lastSyncedAt: null, error: null, isBlocked: false, drift: [], detachedAt: null },
      ...{ versionEpoch: FIRST_EPOCH, versionN: 0, createdAt: now, updatedAt: now, revision: 1 },
    });
    records.set(id, record);
    return record;
  }

  private tellIfNews(record: SyncRecord, before: string | undefined, now: Date): void {
    if (factOf(record) === before) return;
    record.versionN += 1;
    record.updatedAt = now;
    this.facts.tellSync(record);
  }
}

function recordId(connectionId: string, entityId: string): string {
  return `${connectionId}/${entityId}`;
}

function factOf(record: SyncRecord): string {
  const { version: _, ...fact } = toSyncChanged(record);
  return JSON.stringify(fact);
}
