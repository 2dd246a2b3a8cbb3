import { Injectable } from '@nestjs/common';
import { SubscriptionChanged, type Scope } from '@turnpike/contracts-events';
import { FIRST_EPOCH, Outbox } from '@turnpike/messaging';
import {
  orderKeyOf,
  orderKeyOfRow,
  type PreparedObject,
  shownOf,
  type Sight,
  standingSince,
  type StripeObject,
  wherever,
} from '@turnpike/mirror';
import { BatchedRows, Database, isId, newId } from '@turnpike/service';
import { sameJson, type NormalisedSubscription } from '@turnpike/stripe';
import { ClocksService } from './clocks.service.js';
import type { Customer } from './customer.entity.js';
import { CustomersService } from './customers.service.js';
import { SubscriptionNotFound } from './subscription-not-found.error.js';
import { Subscription } from './subscription.entity.js';
import { fromKnownSubscription, toSubscriptionChanged, type SubscriptionState } from './subscription.mapping.js';
import { type StatusTimes, statusTimes } from './subscription-times.rules.js';

const ID = 'subn';

/** Subscriptions as they are shown, found and told about. Every method runs in the transaction of its caller. */
@Injectable()
export class SubscriptionsService {
  private readonly rows = new BatchedRows<Subscription>(Subscription, ({ stripeId, ...row }) =>
    orderKeyOfRow({ ...row, stripeId: stripeId ?? row.id }),
  );

  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly customers: CustomersService,
    private readonly clocks: ClocksService,
  ) {}

  /** Reads ahead whatever rows these subscriptions have. Call with their order keys locked. */
  async prepare(objects: readonly PreparedObject[]): Promise<void> {
    const known = objects.filter(({ isKnown }) => isKnown);
    if (known.length > 0) await this.rows.readAhead(this.database.current(), known.map(orderKeyOf), wherever(known));
  }

  /** Shows what has become known of a subscription, and tells it; silent if that changes nothing. Call with its order key locked. */
  async keep(object: StripeObject, sight: Sight<NormalisedSubscription>): Promise<void> {
    const { before, deletedAt, known, now } = sight;
    const state = fromKnownSubscription(known, deletedAt);
    const shown = shownOf(known);
    if (state === null || shown === null) return; // the doubt stands on the mirrored object, and nothing can be shown yet
    const subscription = before === null ? null : await this.ofStripe(object);
    const times = await this.timesOf(object, subscription, state, sight);
    if (subscription) return this.change(subscription, { ...state, ...times }, now);
    const customerId = await this.customers.idOf({ ...object, stripeId: shown.payload.customerId }, now);
    this.make(object, customerId, { ...state, ...times }, now);
  }

  /** @throws SubscriptionNotFound also for another organization's or environment's */
  async one({ organization, environment }: Scope, id: string): Promise<Subscription> {
    const subscription = isId(ID, id) ? await this.database.current().em.findOne(Subscription, { organization, environment, id }) : null;
    if (!subscription) throw new SubscriptionNotFound(id);
    return subscription;
  }

  /** The order keys of all subscriptions of a Stripe customer. */
  async keysOf({ scope, connectionId, stripeId }: StripeObject): Promise<string[]> {
    const rows = await this.database.current().sql<{ id: string; connection_id: string; stripe_id: string | null }>(
      `select s.id, s.connection_id, s.stripe_id from subscription s
        join customer c on c.organization = s.organization and c.environment = s.environment and c.id = s.customer_id
       where c.organization = $1 and c.environment = $2 and c.connection_id = $3 and c.stripe_id = $4`,
      [scope.organization, scope.environment, connectionId, stripeId],
    );
    return rows.map((row) => orderKeyOf({ scope, connectionId: row.connection_id, stripeId: row.stripe_id ?? row.id }));
  }

  /** Gives all subscriptions of one customer to another, and tells each. Call with their order keys locked. */
  async moveAll({ organization, environment, id }: Customer, to: string, now: Date): Promise<void> {
    const transaction = this.database.current();
    const all = await transaction.em.find(Subscription, { organization, environment, customerId: id }, { disableIdentityMap: true });
    for (const subscription of all) {
      Object.assign(subscription, { customerId: to, updatedAt: now, versionN: subscription.versionN + 1 });
      this.rows.write(transaction, subscription);
      this.tell(subscription);
    }
  }

  /** Tells the present state again, with the version it has. Call with the subscription's order key locked. */
  tell(subscription: Subscription): void {
    this.outbox.announce(SubscriptionChanged, subscription, toSubscriptionChanged(subscription));
  }

  /**
   * A fetch's answer shows the present, which for a customer on a test clock is where that clock stands (architecture rule 14), as far as it is
   * known here: what its event has yet to tell, an event of the subscription may have told already.
   */
  private async timesOf(
    { scope }: StripeObject,
    subscription: Subscription | null,
    state: SubscriptionState,
    { before, change, isFetched, known, now, stamp }: Sight<NormalisedSubscription>,
  ): Promise<StatusTimes> {
    const payload = shownOf(known)?.payload;
    const ofClock = state.clockId === null || !isFetched ? null : await this.clocks.frozenAt(scope, state.clockId);
    // Without any stamp (a suspicion, or a clock that is not known yet) the newest event is as late as it can have been.
    const heard = known.newestSeen > 0 ? atSecond(known.newestSeen) : now;
    const told = stamp === null || (isFetched && state.clockId !== null) ? heard : atSecond(stamp);
    const unshown = before?.unshown ?? null;
    const isEntered = change?.payload?.status === state.status && change.previous?.status !== undefined;
    return statusTimes(subscription, {
      status: state.status,
      toldAt: ofClock !== null && (known.newestSeen === 0 || ofClock > heard) ? ofClock : told,
      heardAt: unshown !== null && unshown.payload?.status === state.status ? atSecond(unshown.created) : null,
      enteredAt: isEntered ? atSecond(change.created) : null,
      createdAt: timeOf(payload?.createdAt),
      trialStartsAt: timeOf(payload?.trialStartAt),
      trialEndsAt: state.trialEndsAt,
      endedAt: state.endedAt,
    });
  }

  private ofStripe(object: StripeObject): Promise<Subscription | null> {
    return this.rows.find(this.database.current(), orderKeyOf(object), wherever([object]));
  }

  private change(subscription: Subscription, state: SubscriptionState & StatusTimes, now: Date): void {
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

  private make(
    { scope, connectionId, stripeId }: StripeObject,
    customerId: string,
    state: SubscriptionState & StatusTimes,
    now: Date,
  ): void {
    const subscription: Subscription = {
      organization: scope.organization,
      environment: scope.environment,
      id: newId(ID),
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

function atSecond(seconds: number): Date {
  return new Date(seconds * 1000);
}

function timeOf(text: string | null | undefined): Date | null {
  return text ? new Date(text) : null;
}
