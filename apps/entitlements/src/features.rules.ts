import type { AccessLevel, FeatureGrant, PlanVersionChanged } from '@turnpike/contracts-events';
import { RANK } from './grants.rules.js';

/** What of a plan version decides about access. */
export type PlanVersionFacts = Pick<
  PlanVersionChanged,
  'planVersionId' | 'planKey' | 'number' | 'pricingType' | 'features' | 'accessPolicy'
> & {
  /** Per month, of its dearest price: which of two plans is the higher one. */
  readonly monthlyAmount: number;
  /** Where its prices stand at Stripe. */
  readonly prices: ReadonlyArray<{ readonly connectionId: string; readonly stripeId: string }>;
  /** What new subscribers get, and published. */
  readonly isOffered: boolean;
};

/** A plan version and how much of it is granted. */
export interface PlanGrant {
  readonly plan: PlanVersionFacts;
  readonly level: AccessLevel;
}

const PRICING_RANK: Readonly<Record<PlanVersionChanged['pricingType'], number>> = { free: 0, paid: 1, custom: 2 };

/** The higher plan first, 0 for the same plan version at the same level; the same order whatever order they came in. */
export function byHeight(a: PlanGrant, b: PlanGrant): number {
  return (
    RANK[b.level] - RANK[a.level] ||
    PRICING_RANK[b.plan.pricingType] - PRICING_RANK[a.plan.pricingType] ||
    b.plan.monthlyAmount - a.plan.monthlyAmount ||
    b.plan.number - a.plan.number ||
    compareIds(a.plan.planVersionId, b.plan.planVersionId)
  );
}

/** By the bytes of the ids. */
export function compareIds(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** What a plan gives at a level: everything, what is tagged core (S19), or nothing that was bought. */
function featuresOf({ plan, level }: PlanGrant): readonly FeatureGrant[] {
  if (plan.pricingType === 'free') return level === 'none' ? [] : plan.features;
  if (level === 'full') return plan.features;
  return level === 'core' ? plan.features.filter((feature) => feature.isCore) : [];
}

/**
 * The best of several plans, feature by feature: on where any is on, the largest number, of a list the higher plan's word.
 * @param grants sorted by `byHeight`
 * @returns sorted by key, and the grants that gave something
 */
export function bestOf(grants: readonly PlanGrant[]): { features: FeatureGrant[]; givers: PlanGrant[] } {
  const best = new Map<string, { feature: FeatureGrant; giver: PlanGrant }>();
  for (const giver of grants) {
    for (const feature of featuresOf(giver)) {
      const known = best.get(feature.key);
      if (!known) best.set(feature.key, { feature, giver });
      else best.set(feature.key, better(known, { feature, giver }));
    }
  }
  const givers = new Set([...best.values()].map(({ giver }) => giver));
  return {
    features: [...best.values()].map(({ feature }) => feature).sort((a, b) => (a.key < b.key ? -1 : 1)),
    givers: grants.filter((grant) => givers.has(grant)),
  };
}

type Given = { feature: FeatureGrant; giver: PlanGrant };

function better(known: Given, other: Given): Given {
  const isCore = known.feature.isCore || other.feature.isCore;
  const winner = isMore(other.feature.value, known.feature.value) ? other : known;
  return { feature: { ...winner.feature, isCore }, giver: winner.giver };
}

/** Values of different kinds cannot be compared: the higher plan's stays. */
function isMore(value: FeatureGrant['value'], than: FeatureGrant['value']): boolean {
  if (typeof value === 'boolean' && typeof than === 'boolean') return value && !than;
  return typeof value === 'number' && typeof than === 'number' && value > than;
}
