import type { PlanVersionChanged } from '@turnpike/contracts-events';
import type { PlanResponse, PlanVersionResponse, SyncResponse } from '@turnpike/contracts-http';
import { inOneSpelling, type PlanTerms } from './plan-terms.rules.js';
import type { PlanVersion } from './plan-version.entity.js';
import type { Plan } from './plan.entity.js';
import type { Price } from './price.entity.js';
import type { SyncRecord } from './sync-record.entity.js';

/** @param prices of this version @param records of its prices */
export function toPlanVersionChanged(
  version: PlanVersion,
  plan: Plan,
  prices: readonly Price[],
  records: readonly SyncRecord[],
): PlanVersionChanged {
  const { planId, productId, number, status, isCurrent } = version;
  const { features, accessPolicy } = inOneSpelling(termsOf(version, prices));
  return {
    planVersionId: version.id,
    ...{ planId, planKey: plan.key, productId, number, name: plan.name, pricingType: plan.pricingType, status, isCurrent },
    prices: prices.map(({ id, amount, currency, interval, intervalCount }) => ({
      priceId: id,
      ...{ amount, currency, interval, intervalCount },
      atStripe: records.flatMap(({ entityId, connectionId, stripeId }) =>
        entityId === id && stripeId !== null ? [{ connectionId, stripeId }] : [],
      ),
    })),
    features: [...features],
    accessPolicy,
    publishedAt: version.publishedAt?.toISOString() ?? null,
    version: { epoch: version.versionEpoch, n: version.versionN },
  };
}

export function termsOf({ features, accessPolicy, trialDays }: PlanVersion, prices: readonly Price[]): PlanTerms {
  return { prices, features, accessPolicy, trialDays };
}

/** @param syncOf where an entity stands, on each connection */
export function toPlanVersionResponse(
  version: PlanVersion,
  plan: Plan,
  prices: readonly Price[],
  syncOf: (entityId: string) => SyncResponse[],
): PlanVersionResponse {
  const { planVersionId: id, prices: told, ...rest } = toPlanVersionChanged(version, plan, prices, []);
  return {
    id,
    ...rest,
    prices: told.map(({ priceId, amount, currency, interval, intervalCount }) => ({
      id: priceId,
      ...{ amount, currency, interval, intervalCount },
      sync: syncOf(priceId),
    })),
    trialDays: version.trialDays,
    archivedAt: version.archivedAt?.toISOString() ?? null,
    createdAt: version.createdAt.toISOString(),
    updatedAt: version.updatedAt.toISOString(),
  };
}

export function toPlanResponse(plan: Plan, currentVersionId: string | null, sync: SyncResponse[]): PlanResponse {
  const { id, productId, key, name, pricingType, createdAt, updatedAt } = plan;
  return {
    ...{ id, productId, key, name, pricingType, currentVersionId, sync },
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
