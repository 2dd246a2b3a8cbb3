import { Injectable } from '@nestjs/common';
import type { Scope } from '@turnpike/contracts-events';
import { Intents, type IntentWish } from '@turnpike/intents';
import { productKeyOf } from './catalog-lock.js';
import { EntityLinks } from './entity-links.js';
import type { Price } from './price.entity.js';
import { metadataOf } from './stripe-words.rules.js';
import type { SyncRecord } from './sync-record.entity.js';
import { nextWrite, type StripeState } from './sync.rules.js';

/** How something is made at Stripe. */
type Making = Pick<IntentWish, 'path' | 'params' | 'lookFor'>;

/** Stores the writes to Stripe that a sync record calls for, one at a time. Runs in the transaction of its caller. */
@Injectable()
export class StripeWrites {
  constructor(
    private readonly intents: Intents,
    private readonly links: EntityLinks,
  ) {}

  /** @param isAskedAgain somebody published again: see `nextWrite` */
  async product(record: SyncRecord, wanted: StripeState & { name: string }, isAskedAgain: boolean): Promise<void> {
    const metadata = metadataOf(record.entityId, this.links.plan(record.planId), record.connectionId);
    const path = '/v1/products';
    await this.write(record, wanted, isAskedAgain, {
      path,
      params: { name: wanted.name, metadata: { ...metadata } },
      lookFor: { path, params: {}, metadata: byId(metadata) },
    });
  }

  async price(record: SyncRecord, price: Price, stripeProductId: string, wanted: StripeState, isAskedAgain: boolean): Promise<void> {
    const metadata = metadataOf(record.entityId, this.links.planVersion(price.planVersionId), record.connectionId);
    const path = '/v1/prices';
    await this.write(record, wanted, isAskedAgain, {
      path,
      params: {
        product: stripeProductId,
        unit_amount: price.amount,
        currency: price.currency,
        recurring: { interval: price.interval, interval_count: price.intervalCount },
        metadata: { ...metadata },
      },
      lookFor: { path, params: { product: stripeProductId }, metadata: byId(metadata) },
    });
  }

  private async write(record: SyncRecord, wanted: StripeState, isAskedAgain: boolean, making: Making): Promise<void> {
    const next = nextWrite(record, wanted, isAskedAgain);
    if (next === null) return;
    const { entityType, entityId, connectionId } = record;
    if (next === 'update') record.changes += 1;
    const cause = next === 'create' ? `create ${entityType} ${entityId}` : `update ${entityType} ${entityId} ${record.changes}`;
    const scope: Scope = { organization: record.organization, environment: record.environment };
    await this.intents.store(scope, connectionId, {
      cause,
      subject: record.id,
      lockKeys: [productKeyOf(scope, record.productId)],
      // Twice the same change is one change: nothing needs to be looked for.
      ...(next === 'create' ? making : { path: `${making.path}/${record.stripeId}`, params: { ...wanted }, lookFor: null }),
    });
    Object.assign(record, { openCause: cause, attempted: { ...wanted }, error: null, isBlocked: false });
  }
}

/** The link may lead elsewhere by then; the ids do not change. */
function byId({ turnpike_entity_id: id, turnpike_connection_id: connection }: Readonly<Record<string, string>>): Record<string, string> {
  return { turnpike_entity_id: id ?? '', turnpike_connection_id: connection ?? '' };
}
