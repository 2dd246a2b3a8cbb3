import type { AccessChanged, FeatureGrant, Scope } from '@turnpike/contracts-events';

/** Made access: everything follows from a customer's number and the version of its access, so that every answer can be checked. */
export const SCOPE: Scope = { organization: 'bench', environment: 'test' };
export const API_KEY = 'bench-api-key';
export const FEATURES = 50;
export const PLANS = 20;

export function customerId(at: number): string {
  return `customer-${String(at).padStart(6, '0')}`;
}

export function featureKey(index: number): string {
  return `feature-${String(index).padStart(2, '0')}`;
}

/** Each version moves a customer to the next plan. */
export function planOf(at: number, version: number): number {
  return (at + version) % PLANS;
}

/** What a plan grants of a feature: half of them are on or off, the others a number. */
export function valueOf(plan: number, feature: number): boolean | number {
  return feature % 2 === 0 ? (plan + feature) % 3 !== 0 : plan * 100 + feature;
}

export function featuresOf(plan: number): FeatureGrant[] {
  return Array.from({ length: FEATURES }, (_, feature) => ({
    key: featureKey(feature),
    value: valueOf(plan, feature),
    isCore: feature < 10,
  }));
}

export function stretchesOf(plan: number): AccessChanged['stretches'] {
  return [
    {
      from: null,
      until: null,
      level: 'full',
      reason: 'active',
      features: featuresOf(plan),
      sources: [{ kind: 'subscription', subscriptionId: 'subscription', planVersionId: `plan-version-${plan}`, planKey: `plan-${plan}` }],
      nonBilling: null,
    },
  ];
}

export function accessOf(at: number, version: number): AccessChanged {
  return {
    customerId: customerId(at),
    externalId: null,
    workspaceId: null,
    workspaceExternalId: null,
    billingMemberIds: [],
    memberIds: [],
    stretches: stretchesOf(planOf(at, version)),
    clockId: null,
    clockAt: null,
    move: null,
    deletedAt: null,
    version: { epoch: 1, n: version },
  };
}

/** What is wrong with an answer about a customer's feature; null when nothing is. */
export function wrongIn(answer: unknown, at: number, feature: number): string | null {
  if (typeof answer !== 'object' || answer === null) return 'it is no object';
  const told = new Map<string, unknown>(Object.entries(answer));
  const version: unknown = told.get('version');
  const n = typeof version === 'object' && version !== null && 'n' in version && typeof version.n === 'number' ? version.n : 0;
  const value = valueOf(planOf(at, n), feature);
  const wanted = {
    customerId: customerId(at),
    feature: featureKey(feature),
    value,
    hasAccess: value !== false && value !== 0,
    isStale: false,
  };
  const wrong = Object.entries(wanted).filter(([name, is]) => told.get(name) !== is);
  return wrong.length === 0 ? null : wrong.map(([name, is]) => `${name} is ${String(told.get(name))} and not ${String(is)}`).join(', ');
}
