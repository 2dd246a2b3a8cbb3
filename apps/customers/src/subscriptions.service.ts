import { Injectable } from '@nestjs/common';
import { SubscriptionChanged, type Scope } from '@turnpike/contracts-events';
import { Outbox } from '@turnpike/messaging';
import { Database } from '@turnpike/service';
import { sameJson, type Known, type NormalisedSubscription } from '@turnpike/stripe';
import { BatchedRows } from './batched-rows.js';
import { CustomersService } from './customers.service.js';
import { isSubscriptionId, newSubscriptionId } from './ids.js';
import { shownOf } from './mirrored-object.rules.js';
import { standingSince } from './standing.rules.js';
import { keyOfRow, orderKeyOf, type StripeObject, wherever } from './stripe-object.js';
import { SubscriptionNotFound } from './subscription-not-found.error.js';
import { Subscription } from './subscription.entity.js';
import { fromKnownSubscription, toSubscriptionChanged, type SubscriptionState } from './subscription.mapping.js';
import { FIRST_EPOCH } from './version.js';

/** Subscriptions as they are shown, found and told about. Every method runs in the transaction of its caller. */
@Injectable()
export class SubscriptionsService {
  private readonly rows = new BatchedRows<Subscription>(Subscription, keyOfRow);

  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly customers: CustomersService,
  ) {}

  /** Reads ahead whatever rows these subscriptions have. Call with their order keys locked. */
  async prepare(objects: readonly StripeObject[]): Promise<void> {
    if (objects.length > 0) await this.rows.readAhead(this.database.current(), objects.map(orderKeyOf), wherever(objects));
  }

  /**
   * Shows what has become known of a subscription, and tells it; silent if that changes nothing. Call with its order key locked.
   * @param isFirst nothing was known of it before, so that there can be no row
   */
  async keep(
    object: StripeObject,
    known: Known<NormalisedSubscription>,
    deletedAt: Date | null,
    now: Date,
    isFirst: boolean,
  ): Promise<void> {
    const state = fromKnownSubscription(known, deletedAt);
    const customer = shownOf(known)?.payload.customerId;
    if (state === null || customer === undefined) return; // the doubt stands on the mirrored object, and nothing can be shown yet
    const subscription = isFirst ? null : await this.ofStripe(object);
    if (subscription) return this.change(subscription, state, now);
    const customerId = await this.customers.idOf({ ...object, stripeId: customer }, now);
    this.make(object, customerId, state, now);
  }

  /** @throws SubscriptionNotFound also for another organization's or environment's */
  async one({ organization, environment }: Scope, id: string): Promise<Subscription> {
    const subscription = isSubscriptionId(id)
      ? await this.database.current().em.findOne(Subscription, { organization, environment, id })
      : null;
    if (!subscription) throw new SubscriptionNotFound(id);
    return subscription;
  }

  /** Tells the present state again, with the version it has. Call with the subscription's order key locked. */
  tell(subscription: Subscription): void {
    this.outbox.announce(SubscriptionChanged, subscription, toSubscriptionChanged(subscription));
  }

  private ofStripe(object: StripeObject): Promise<Subscription | null> {
    return this.rows.find(this.database.current(), orderKeyOf(object), wherever([object]));
  }

  private change(subscription: Subscription, state: SubscriptionState, now: Date): void {
    const before = toSubscriptionChanged(subscription);
    const kept = {
      reasons: subscription.standingReasons,
      pause: subscription.collectionPause,
      resumesAt: subscription.collectionResumesAt?.getTime(),
    };
    Object.assign(subscription, state, { standingSince: standingSince(subscription, state.standing, now) });
    const isNews = !sameJson(before, toSubscriptionChanged(subscription));
    const isSame = sameJson(kept, {
      reasons: state.standingReasons,
      pause: state.collectionPause,
      resumesAt: state.collectionResumesAt?.getTime(),
    });
    if (!isNews && isSame) return;
    subscription.updatedAt = now;
    this.rows.write(this.database.current(), subscription);
    if (!isNews) return;
    subscription.versionN += 1;
    this.tell(subscription);
  }

  private make({ scope, connectionId, stripeId }: StripeObject, customerId: string, state: SubscriptionState, now: Date): void {
    const subscription: Subscription = {
      organization: scope.organization,
      environment: scope.environment,
      id: newSubscriptionId(),
      customerId,
      connectionId,
      stripeId,
      ...state,
      standingSince: standingSince(null, state.standing, now),
      versionEpoch: FIRST_EPOCH,
      versionN: 1,
      createdAt: now,
      updatedAt: now,
      revision: 0,
    };
    this.rows.write(this.database.current(), subscription);
    this.tell(subscription);
  }
}
