import { Injectable } from '@nestjs/common';
import { type EventOf, type Scope, type StripeEventReceived, withoutScope } from '@turnpike/contracts-events';
import { Database, Log } from '@turnpike/service';
import {
  afterEvent,
  type Decision,
  fetchDueAt,
  fromCustomerHint,
  fromSubscriptionHint,
  type JsonObject,
  type Known,
  markedDirty,
  type NormalisedCustomer,
  type NormalisedSubscription,
  objectOfEvent,
  type StripeChange,
  whatToDoWith,
} from '@turnpike/stripe';
import { BatchedRows } from './batched-rows.js';
import { CustomersMetrics } from './metrics.js';
import { CustomersService } from './customers.service.js';
import { MirroredObject, OBJECT_TYPES, type ObjectType } from './mirrored-object.entity.js';
import { deletedAtAfter } from './mirrored-object.rules.js';
import { customerNamedBy, orderKeyOf, type StripeObject, wherever } from './stripe-object.js';
import { SubscriptionsService } from './subscriptions.service.js';

/** An event as the road hands it over. */
type Heard = Pick<EventOf<typeof StripeEventReceived>, 'scope' | 'data'>;

/** How one kind of object is read from an event, and who shows it. */
interface Mirroring<P extends JsonObject> {
  readonly type: ObjectType;
  changeOf(event: StripeEventReceived): StripeChange<P>;
  show(object: StripeObject, known: Known<P>, deletedAt: Date | null, now: Date, isFirst: boolean): Promise<void>;
}

/**
 * What Stripe's events say about the objects mirrored here. A webhook is a hint (architecture rule 5): each event is judged by the pure rules
 * of libs/stripe against what is known of its object, the object remembers it, and its row shows what may be shown. Any order and any
 * duplicates end in the same rows, or in a doubt with its reason.
 */
@Injectable()
export class StripeObjectsService {
  private readonly rows = new BatchedRows<MirroredObject>(MirroredObject, (row) => keyOf(row.objectType, objectOf(row)));
  private readonly customer: Mirroring<NormalisedCustomer>;
  private readonly subscription: Mirroring<NormalisedSubscription>;

  constructor(
    private readonly database: Database,
    private readonly customers: CustomersService,
    private readonly subscriptions: SubscriptionsService,
    private readonly metrics: CustomersMetrics,
    private readonly log: Log,
  ) {
    this.customer = {
      type: 'customer',
      changeOf: fromCustomerHint,
      show: (object, known, deletedAt, now) => customers.keep(object, known, deletedAt, now),
    };
    this.subscription = { type: 'subscription', changeOf: fromSubscriptionHint, show: (...shown) => subscriptions.keep(...shown) };
  }

  /** Reads ahead all that `hear` will ask for when it is given these events, one statement each table. Call with their keys locked. */
  async prepare(events: readonly Heard[]): Promise<void> {
    const met: Record<ObjectType, StripeObject[]> = { customer: [], subscription: [] };
    const named: StripeObject[] = [];
    for (const { scope, data: event } of events) {
      const about = objectOfEvent(event.type);
      if (about === 'not ours' || event.objectId === null) continue;
      met[about].push({ scope, connectionId: event.connectionId, stripeId: event.objectId });
      const customer = customerNamedBy(event);
      if (customer !== null) named.push({ scope, connectionId: event.connectionId, stripeId: customer });
    }
    const transaction = this.database.current();
    for (const objectType of OBJECT_TYPES) {
      if (met[objectType].length === 0) continue;
      const keys = met[objectType].map((object) => keyOf(objectType, object));
      await this.rows.readAhead(transaction, keys, { objectType, ...wherever(met[objectType]) });
    }
    await this.subscriptions.prepare(met.subscription.filter((object) => this.rows.seen(transaction, keyOf('subscription', object))));
    await this.customers.prepare([...met.customer, ...named]);
  }

  /** One event. Types that tell of other objects than ours pass without a trace but their count. */
  async hear(scope: Scope, event: StripeEventReceived, now: Date): Promise<void> {
    const about = objectOfEvent(event.type);
    if (about === 'not ours' || event.objectId === null) return this.count(event, 'not-ours', null);
    const object = { scope, connectionId: event.connectionId, stripeId: event.objectId };
    const decision =
      about === 'customer' ? await this.weigh(this.customer, object, event, now) : await this.weigh(this.subscription, object, event, now);
    this.count(event, decision.do, 'because' in decision ? decision.because : null);
  }

  /**
   * A message about an object was buried: what it said is lost to the mirror, so the object is in doubt until it is looked up (road 2.7).
   * @param key `organization/environment/connection/object`: all that is known when the message could not even be read
   * @param type Stripe's event type, null when it could not be read
   */
  async doubt(scope: Scope, key: string, type: string | null, now: Date): Promise<void> {
    const [connectionId, stripeId] = withoutScope(key).split('/');
    if (!connectionId || !stripeId) return;
    const about = type === null ? typeOfId(stripeId) : objectOfEvent(type);
    if (about === 'customer') await this.mark(this.customer, { scope, connectionId, stripeId }, now);
    if (about === 'subscription') await this.mark(this.subscription, { scope, connectionId, stripeId }, now);
  }

  private async weigh<P extends JsonObject>(
    mirroring: Mirroring<P>,
    object: StripeObject,
    event: StripeEventReceived,
    now: Date,
  ): Promise<Decision> {
    const row = await this.rowOf(mirroring.type, object);
    const known = row ? knownOf<P>(row) : null;
    const change = mirroring.changeOf(event);
    const decision = whatToDoWith(change, known);
    if (decision.do === 'known') return decision;

    const next = afterEvent(known, change, decision, now.getTime());
    const deletedAt = deletedAtAfter(row?.deletedAt ?? null, next, change, decision);
    this.remember(mirroring.type, object, row, next, deletedAt);
    await mirroring.show(object, next, deletedAt, now, row === null);
    return decision;
  }

  private async mark<P extends JsonObject>(mirroring: Mirroring<P>, object: StripeObject, now: Date): Promise<void> {
    const row = await this.rowOf(mirroring.type, object);
    const next = markedDirty(row ? knownOf<P>(row) : null, 'burial', now.getTime());
    const deletedAt = row?.deletedAt ?? null;
    this.remember(mirroring.type, object, row, next, deletedAt);
    await mirroring.show(object, next, deletedAt, now, row === null);
  }

  private rowOf(objectType: ObjectType, object: StripeObject): Promise<MirroredObject | null> {
    return this.rows.find(this.database.current(), keyOf(objectType, object), { objectType, ...wherever([object]) });
  }

  private remember(objectType: ObjectType, object: StripeObject, row: MirroredObject | null, known: Known, deletedAt: Date | null): void {
    const { scope, connectionId, stripeId } = object;
    const dueAt = fetchDueAt(known);
    const remembered = { known, deletedAt, fetchDueAt: dueAt === null ? null : new Date(dueAt) };
    const changed = row ?? {
      organization: scope.organization,
      environment: scope.environment,
      connectionId,
      objectType,
      stripeId,
      ...remembered,
      revision: 0,
    };
    this.rows.write(this.database.current(), Object.assign(changed, remembered));
  }

  /** Once the effect is durable: a batch that is repeated counts once. */
  private count(event: StripeEventReceived, decision: Decision['do'] | 'not-ours', because: string | null): void {
    this.database.current().afterCommit(`stripe event ${event.connectionId} ${event.eventId}`, () => {
      this.metrics.events.inc({ decision });
      if (because !== null) this.metrics.doubts.inc({ because });
      this.log.debug('stripe-event.heard', {
        connectionId: event.connectionId,
        eventId: event.eventId,
        type: event.type,
        objectId: event.objectId,
        decision,
        because,
      });
    });
  }
}

function keyOf(objectType: ObjectType, object: StripeObject): string {
  return `${objectType} ${orderKeyOf(object)}`;
}

function objectOf({ organization, environment, connectionId, stripeId }: MirroredObject): StripeObject {
  return { scope: { organization, environment }, connectionId, stripeId };
}

/** The column is JSON and the rules' own, written by `remember` for this object's type: the type stands in the row's key. */
function knownOf<P extends JsonObject>(row: MirroredObject): Known<P> {
  return row.known as Known<P>;
}

function typeOfId(stripeId: string): ObjectType | null {
  if (stripeId.startsWith('cus_')) return 'customer';
  return stripeId.startsWith('sub_') ? 'subscription' : null;
}
