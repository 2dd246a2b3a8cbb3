import type {
  ClockChanged,
  CustomerChanged,
  PlanPrice,
  PlanVersionChanged,
  Scope,
  SubscriptionChanged,
  Version,
  WorkspaceChanged,
} from '@turnpike/contracts-events';
import type { KnownClock } from './known-clock.entity.js';
import type { KnownCustomer } from './known-customer.entity.js';
import type { KnownPlanVersion } from './known-plan-version.entity.js';
import type { KnownSubscription } from './known-subscription.entity.js';
import type { KnownWorkspace } from './known-workspace.entity.js';

export function fromCustomerChanged(scope: Scope, told: CustomerChanged): KnownCustomer {
  return {
    ...rowOf(scope, told.customerId, told.version),
    externalId: told.externalId,
    clockId: told.clockId,
    deletedAt: instant(told.deletedAt),
  };
}

export function fromWorkspaceChanged(scope: Scope, told: WorkspaceChanged): KnownWorkspace {
  return {
    ...rowOf(scope, told.workspaceId, told.version),
    customerId: told.customerId,
    externalId: told.externalId,
    members: told.members,
    deletedAt: instant(told.deletedAt),
  };
}

export function fromSubscriptionChanged(scope: Scope, told: SubscriptionChanged): KnownSubscription {
  const priceIds = [...new Set(told.items.map((item) => item.priceId))].sort();
  return {
    ...rowOf(scope, told.subscriptionId, told.version),
    customerId: told.customerId,
    clockId: told.clockId,
    prices: priceIds.map((stripeId) => priceKey({ connectionId: told.connectionId, stripeId })),
    facts: {
      subscriptionId: told.subscriptionId,
      connectionId: told.connectionId,
      status: told.status,
      statusSince: told.statusSince,
      trialEndsAt: told.trialEndsAt,
      trialConvertedAt: told.trialConvertedAt,
      cancelAt: told.cancelAt,
      endedAt: told.endedAt,
      clockId: told.clockId,
      deletedAt: told.deletedAt,
      priceIds,
    },
  };
}

export function fromPlanVersionChanged(scope: Scope, told: PlanVersionChanged): KnownPlanVersion {
  const prices = told.prices.flatMap((price) => price.atStripe);
  return {
    ...rowOf(scope, told.planVersionId, told.version),
    isFree: told.pricingType === 'free',
    prices: [...new Set(prices.map(priceKey))].sort(),
    facts: {
      planVersionId: told.planVersionId,
      planKey: told.planKey,
      number: told.number,
      pricingType: told.pricingType,
      features: told.features,
      accessPolicy: told.accessPolicy,
      monthlyAmount: Math.max(0, ...told.prices.map(monthlyAmount)),
      prices,
      isOffered: told.isCurrent && told.status === 'published',
    },
  };
}

export function fromClockChanged(scope: Scope, told: ClockChanged): KnownClock {
  return { ...rowOf(scope, told.clockId, told.version), frozenAt: new Date(told.frozenAt) };
}

function priceKey({ connectionId, stripeId }: { connectionId: string; stripeId: string }): string {
  return `${connectionId}/${stripeId}`;
}

/** Of different currencies only the numbers are compared: it settles which plan is the higher one, and never what is paid. */
function monthlyAmount({ amount, interval, intervalCount }: PlanPrice): number {
  return Math.round(amount / (MONTHS[interval] * intervalCount));
}

const MONTHS: Readonly<Record<PlanPrice['interval'], number>> = { day: 12 / 365, week: 12 / 52, month: 1, year: 12 };

function rowOf({ organization, environment }: Scope, id: string, version: Version) {
  return { organization, environment, id, versionEpoch: version.epoch, versionN: version.n, revision: 0 };
}

function instant(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
