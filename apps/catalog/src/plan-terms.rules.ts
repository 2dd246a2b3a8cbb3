import type { AccessPolicy, FeatureGrant } from '@turnpike/contracts-events';
import type { PlanVersionCreateRequest } from '@turnpike/contracts-http';

export interface PriceTerms {
  readonly amount: number;
  readonly currency: string;
  readonly interval: 'day' | 'week' | 'month' | 'year';
  readonly intervalCount: number;
}

/** All that a version promises, in one spelling: two that say the same are equal. */
export interface PlanTerms {
  readonly prices: readonly PriceTerms[];
  readonly features: readonly FeatureGrant[];
  readonly accessPolicy: AccessPolicy;
  readonly trialDays: number | null;
}

/** Declared terms as a version keeps them. */
export function fromDeclaredTerms({ prices, features, accessPolicy, trialDays }: PlanVersionCreateRequest): PlanTerms {
  const grants = Object.entries(features).map(([key, declared]) =>
    typeof declared === 'object' ? { key, value: declared.value, isCore: declared.core } : { key, value: declared, isCore: false },
  );
  return inOneSpelling({ prices, features: grants, accessPolicy, trialDays });
}

/** Terms with everything in one order, as a database or a person may not have it. */
export function inOneSpelling({ prices, features, accessPolicy, trialDays }: PlanTerms): PlanTerms {
  const { pastDue, unpaid, trialEnd } = accessPolicy;
  return {
    prices: prices
      .map(({ amount, currency, interval, intervalCount }) => ({ amount, currency, interval, intervalCount }))
      .toSorted((a, b) => compare(spelt(a), spelt(b))),
    features: features.map(({ key, value, isCore }) => ({ key, value, isCore })).toSorted((a, b) => compare(a.key, b.key)),
    accessPolicy: {
      pastDue: { graceDays: pastDue.graceDays, then: pastDue.then },
      unpaid: { coreDays: unpaid.coreDays },
      trialEnd: { graceDays: trialEnd.graceDays },
    },
    trialDays,
  };
}

const PARTS = ['prices', 'features', 'accessPolicy', 'trialDays'] as const;

/** Which parts differ; none: no new version is needed. Both in one spelling. */
export function differencesOf(before: PlanTerms, after: PlanTerms): string[] {
  return PARTS.filter((part) => JSON.stringify(before[part]) !== JSON.stringify(after[part]));
}

function spelt({ currency, interval, intervalCount, amount }: PriceTerms): string {
  return [currency, interval, intervalCount, amount].join(' ');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
