import type { AccessPolicy, FeatureGrant } from '@turnpike/contracts-events';
import type { PlanVersionFacts } from '../features.rules.js';
import type { SubscriptionFacts } from '../grants.rules.js';

export const POLICY: AccessPolicy = {
  pastDue: { graceDays: 7, then: 'core' },
  unpaid: { coreDays: 30 },
  trialEnd: { graceDays: 3 },
};

export const EXPORT: FeatureGrant = { key: 'export', value: true, isCore: false };
export const SEATS: FeatureGrant = { key: 'seats', value: 10, isCore: true };

export function aPlan(change: Partial<PlanVersionFacts> = {}): PlanVersionFacts {
  return {
    planVersionId: 'pv_pro',
    planKey: 'pro',
    number: 1,
    pricingType: 'paid',
    features: [EXPORT, SEATS],
    accessPolicy: POLICY,
    monthlyAmount: 4900,
    prices: [{ connectionId: 'con_1', stripeId: 'price_pro' }],
    isOffered: true,
    ...change,
  };
}

export const FREE = aPlan({
  planVersionId: 'pv_free',
  planKey: 'free',
  pricingType: 'free',
  features: [{ key: 'seats', value: 1, isCore: true }],
  monthlyAmount: 0,
  prices: [],
});

export function aSubscription(change: Partial<SubscriptionFacts> = {}): SubscriptionFacts {
  return {
    subscriptionId: 's_1',
    connectionId: 'con_1',
    status: 'active',
    statusSince: '2026-11-01T00:00:00.000Z',
    trialEndsAt: null,
    trialConvertedAt: null,
    cancelAt: null,
    endedAt: null,
    clockId: null,
    deletedAt: null,
    priceIds: ['price_pro'],
    ...change,
  };
}
