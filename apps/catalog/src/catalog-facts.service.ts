import { Injectable } from '@nestjs/common';
import { CatalogSyncChanged, PlanVersionChanged } from '@turnpike/contracts-events';
import { Outbox } from '@turnpike/messaging';
import { Database } from '@turnpike/service';
import { toPlanVersionChanged } from './plan-version.mapping.js';
import { PlanVersion } from './plan-version.entity.js';
import { Plan } from './plan.entity.js';
import { Price } from './price.entity.js';
import { SyncRecord } from './sync-record.entity.js';
import { toSyncChanged } from './sync.mapping.js';

/** Tells what is sold and where it stands at Stripe. Every method runs in the transaction of its caller, with the product's key locked. */
@Injectable()
export class CatalogFactsService {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
  ) {}

  /** Tells that something about a version is new. */
  async tellChanged(version: PlanVersion, now: Date): Promise<void> {
    version.versionN += 1;
    version.updatedAt = now;
    await this.tell(version);
  }

  /** Tells the present state of a version, under the number that it has. */
  async tell(version: PlanVersion): Promise<void> {
    const { em } = this.database.current();
    const { organization, environment, planId } = version;
    const own = { organization, environment };
    const plan = await em.findOneOrFail(Plan, { ...own, id: planId });
    const prices = await em.find(Price, { ...own, planVersionId: version.id }, { orderBy: { id: 'asc' } });
    const records = await em.find(SyncRecord, { ...own, planId, planVersionId: version.id }, { orderBy: { id: 'asc' } });
    this.outbox.announce(PlanVersionChanged, version, toPlanVersionChanged(version, plan, prices, records));
  }

  /** Tells where something stands at Stripe, under the number that it has. */
  tellSync(record: SyncRecord): void {
    this.outbox.announce(CatalogSyncChanged, record, toSyncChanged(record));
  }
}
