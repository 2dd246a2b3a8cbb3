import { Injectable } from '@nestjs/common';
import {
  type ClockChanged,
  type CustomerChanged,
  isNewer,
  type Scope,
  type SubscriptionChanged,
  type Version,
} from '@turnpike/contracts-events';
import { Database } from '@turnpike/service';
import { KnownClock } from './known-clock.entity.js';
import { KnownCustomer } from './known-customer.entity.js';
import { KnownSubscription } from './known-subscription.entity.js';

/** What other services told, as far as a mail needs it. Each method keeps what is newer, in the transaction of its caller. */
@Injectable()
export class KnownFactsService {
  constructor(private readonly database: Database) {}

  /** @returns null when it was known already */
  async keepCustomer({ organization, environment }: Scope, told: CustomerChanged): Promise<KnownCustomer | null> {
    const { em } = this.database.current();
    const known = await em.findOne(KnownCustomer, { organization, environment, id: told.customerId });
    if (!isNewer(told.version, versionOf(known))) return null;
    const { connectionId, stripeId, externalId, name, email, clockId } = told;
    const state = {
      ...{ connectionId, stripeId, externalId, name, email, clockId },
      deletedAt: timeOf(told.deletedAt),
      ...columnsOf(told.version),
    };
    if (known) return em.assign(known, state);
    return em.create(KnownCustomer, { organization, environment, id: told.customerId, ...state, revision: 1 });
  }

  /** @returns null when it was known already */
  async keepSubscription({ organization, environment }: Scope, told: SubscriptionChanged): Promise<KnownSubscription | null> {
    const { em } = this.database.current();
    const known = await em.findOne(KnownSubscription, { organization, environment, id: told.subscriptionId });
    if (!isNewer(told.version, versionOf(known))) return null;
    const { customerId, status, clockId } = told;
    const state = { ...{ customerId, status, clockId }, trialEndsAt: timeOf(told.trialEndsAt), ...columnsOf(told.version) };
    if (known) return em.assign(known, state);
    return em.create(KnownSubscription, { organization, environment, id: told.subscriptionId, ...state, revision: 1 });
  }

  /** @returns null when it was known already */
  async keepClock({ organization, environment }: Scope, told: ClockChanged): Promise<KnownClock | null> {
    const { em } = this.database.current();
    const known = await em.findOne(KnownClock, { organization, environment, id: told.clockId });
    if (!isNewer(told.version, versionOf(known))) return null;
    const state = { frozenAt: new Date(told.frozenAt), ...columnsOf(told.version) };
    if (known) return em.assign(known, state);
    return em.create(KnownClock, { organization, environment, id: told.clockId, ...state, revision: 1 });
  }

  subscription({ organization, environment }: Scope, id: string): Promise<KnownSubscription | null> {
    return this.database.current().em.findOne(KnownSubscription, { organization, environment, id });
  }

  trialsOnClock({ organization, environment }: Scope, clockId: string): Promise<KnownSubscription[]> {
    return this.database.current().em.find(KnownSubscription, { organization, environment, clockId, status: 'trialing' });
  }

  /** Where a clock stands; null while nothing of it was heard. */
  async clockAt({ organization, environment }: Scope, clockId: string): Promise<Date | null> {
    return (await this.database.current().em.findOne(KnownClock, { organization, environment, id: clockId }))?.frozenAt ?? null;
  }
}

function versionOf(known: { versionEpoch: number; versionN: number } | null): Version | null {
  return known === null ? null : { epoch: known.versionEpoch, n: known.versionN };
}

function columnsOf({ epoch, n }: Version): { versionEpoch: number; versionN: number } {
  return { versionEpoch: epoch, versionN: n };
}

function timeOf(instant: string | null): Date | null {
  return instant === null ? null : new Date(instant);
}
