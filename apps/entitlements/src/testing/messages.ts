import type { ClockChanged, CustomerChanged, PlanVersionChanged, SubscriptionChanged, WorkspaceChanged } from '@turnpike/contracts-events';
import { EXPORT, POLICY, SEATS } from './facts.js';

export const V = (n: number) => ({ epoch: 1, n });

export function aCustomer(customerId: string, change: Partial<CustomerChanged> = {}): CustomerChanged {
  return {
    customerId,
    connectionId: 'con_1',
    stripeId: `cus_${customerId}`,
    externalId: null,
    name: 'Ada',
    email: 'ada@example.com',
    currency: 'eur',
    clockId: null,
    standing: 'confirmed',
    deletedAt: null,
    version: V(1),
    ...change,
  };
}

export function aSubscriptionOf(customerId: string, change: Partial<SubscriptionChanged> = {}): SubscriptionChanged {
  return {
    subscriptionId: `s_${customerId}`,
    customerId,
    connectionId: 'con_1',
    stripeId: `sub_${customerId}`,
    status: 'active',
    statusSince: '2026-11-01T00:00:00.000Z',
    trialConvertedAt: null,
    collectionMethod: 'charge_automatically',
    items: [
      {
        stripeId: 'si_1',
        priceId: 'price_pro',
        productId: 'prod_1',
        quantity: 1,
        currentPeriodStartsAt: null,
        currentPeriodEndsAt: null,
      },
    ],
    itemsAreComplete: true,
    trialEndsAt: null,
    cancelAt: null,
    canceledAt: null,
    endedAt: null,
    cancelReason: null,
    currentPeriodStartsAt: null,
    currentPeriodEndsAt: null,
    clockId: null,
    standing: 'confirmed',
    deletedAt: null,
    version: V(1),
    ...change,
  };
}

export function aWorkspaceOf(customerId: string, change: Partial<WorkspaceChanged> = {}): WorkspaceChanged {
  return {
    workspaceId: `w_${customerId}`,
    customerId,
    externalId: 'main',
    name: null,
    members: [
      { memberId: 'ada', role: 'owner' },
      { memberId: 'bob', role: 'member' },
    ],
    enabledUsageFeatures: [],
    deletedAt: null,
    version: V(1),
    ...change,
  };
}

export const PRO: PlanVersionChanged = {
  planVersionId: 'pv_pro',
  planId: 'pl_pro',
  planKey: 'pro',
  productId: 'pr_1',
  number: 1,
  name: 'Pro',
  pricingType: 'paid',
  status: 'published',
  isCurrent: true,
  prices: [
    {
      priceId: 'pc_1',
      amount: 4900,
      currency: 'eur',
      interval: 'month',
      intervalCount: 1,
      atStripe: [{ connectionId: 'con_1', stripeId: 'price_pro' }],
    },
  ],
  features: [EXPORT, SEATS],
  accessPolicy: POLICY,
  publishedAt: '2026-11-01T00:00:00.000Z',
  version: V(1),
};

export const FREE_PLAN: PlanVersionChanged = {
  ...PRO,
  planVersionId: 'pv_free',
  planId: 'pl_free',
  planKey: 'free',
  name: 'Free',
  pricingType: 'free',
  prices: [],
  features: [{ key: 'seats', value: 1, isCore: true }],
};

export function aClock(clockId: string, frozenAt: string, n = 1): ClockChanged {
  return { clockId, connectionId: 'con_1', frozenAt, deletedAt: null, version: V(n) };
}
