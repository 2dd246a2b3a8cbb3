import type { AccessSource, AccessStretch } from '@turnpike/contracts-events';
import { bestOf, byHeight, compareIds, type PlanGrant, type PlanVersionFacts } from './features.rules.js';
import { isLive, RANK, type Step, stepsOf, type SubscriptionFacts, trialGraceUntil } from './grants.rules.js';

/** Everything that decides what a customer may use. */
export interface AccessFacts {
  readonly isDeleted: boolean;
  readonly subscriptions: readonly SubscriptionFacts[];
  /** Those whose prices the subscriptions name, and the free ones. */
  readonly planVersions: readonly PlanVersionFacts[];
}

/** A stretch, and what made it so: for the words about a move into it. */
export interface DecidedStretch extends AccessStretch {
  /** The subscription that decided the reason; null for the free plan. */
  readonly decidedBy: string | null;
  /** Since when that subscription has its status, by the customer's clock. */
  readonly decidedSince: string | null;
}

/** One plan of one subscription (or a free plan, of none) over time. */
interface Grant {
  readonly subscription: SubscriptionFacts;
  readonly plan: PlanVersionFacts | null;
  readonly steps: readonly Step[];
  readonly graceUntil: number | null;
}

type Holding = Pick<DecidedStretch, 'level' | 'reason' | 'features' | 'sources' | 'decidedBy' | 'decidedSince'>;

const START = Number.NEGATIVE_INFINITY;

/**
 * What a customer may use, over all of its time: from the facts alone, so that it stays right when the clock runs on and no message
 * comes (requirements S13 to S28). Several subscriptions give the best of each feature; the free plan's set is always among it, but where
 * a policy says that nothing is left.
 * @returns stretches without a hole, the first from always on, the last without an end
 */
export function accessOf({ isDeleted, subscriptions, planVersions }: AccessFacts): DecidedStretch[] {
  if (isDeleted) return [{ from: null, until: null, ...NOBODY, nonBilling: null }];
  const grants = subscriptions.flatMap((subscription) => grantsOf(subscription, planVersions));
  const freePlans = planVersions.filter((plan) => plan.pricingType === 'free' && plan.isOffered);
  const moments = [START, ...new Set(grants.flatMap(boundariesOf))].sort((a, b) => a - b);
  const stretches: DecidedStretch[] = [];
  for (const moment of new Set(moments)) {
    const billing = holdingAt(moment, grants, freePlans, false);
    const others = holdingAt(moment, grants, freePlans, true);
    const next = { ...billing, nonBilling: isSameHolding(billing, others) ? null : toNonBilling(others) };
    const last = stretches.at(-1);
    if (last && isSameStretch(last, next)) continue;
    const from = moment === START ? null : new Date(moment).toISOString();
    if (last) stretches[stretches.length - 1] = { ...last, until: from };
    stretches.push({ from, until: null, ...next });
  }
  return stretches;
}

/** The free plan of no subscription at all, of an unknown customer, and of one that was deleted. */
const NOBODY: Holding = { level: 'none', reason: 'customer_deleted', features: [], sources: [], decidedBy: null, decidedSince: null };

/** What holds at a moment; null: nobody knows what time it is there, and nothing is taken away on a guess. */
export function stretchAt<S extends { readonly from: string | null }>(stretches: readonly S[], now: Date | null): S {
  const found = now === null ? stretches[0] : stretches.findLast(({ from }) => from === null || Date.parse(from) <= now.getTime());
  if (!found) throw new Error('Access without a stretch at its beginning.');
  return found;
}

/** When access changes next by the clock alone; null: never. */
export function nextChangeAfter(stretches: readonly AccessStretch[], now: Date): Date | null {
  const until = stretchAt(stretches, now).until;
  return until === null ? null : new Date(until);
}

function grantsOf(subscription: SubscriptionFacts, planVersions: readonly PlanVersionFacts[]): Grant[] {
  const plans = planVersions.filter((plan) =>
    plan.prices.some((price) => price.connectionId === subscription.connectionId && subscription.priceIds.includes(price.stripeId)),
  );
  if (plans.length === 0) return [{ subscription, plan: null, steps: stepsOf(subscription, null), graceUntil: null }];
  return plans.map((plan) => ({
    subscription,
    plan,
    steps: stepsOf(subscription, plan.accessPolicy),
    graceUntil: trialGraceUntil(subscription, plan.accessPolicy),
  }));
}

function boundariesOf({ steps, graceUntil }: Grant): number[] {
  const moments = steps.map((step) => step.from);
  return (graceUntil === null ? moments : [...moments, graceUntil]).filter(Number.isFinite);
}

function holdingAt(moment: number, grants: readonly Grant[], freePlans: readonly PlanVersionFacts[], isNonBilling: boolean): Holding {
  const anyLive = grants.some(({ subscription }) => isLive(subscription));
  const held = grants.flatMap((grant) => {
    const step = grant.steps.findLast(({ from }) => from <= moment);
    if (isNonBilling && grant.graceUntil !== null && moment < grant.graceUntil && step?.level !== 'full')
      return [{ grant, level: 'full' as const, reason: 'trial_ended_in_grace' }];
    return step && (!anyLive || isLive(grant.subscription)) ? [{ grant, level: step.level, reason: step.reason }] : [];
  });
  const [decisive] = held.toSorted((a, b) => RANK[b.level] - RANK[a.level] || byNewest(a.grant.subscription, b.grant.subscription));
  const level = decisive?.level ?? 'free';
  const bought = held.flatMap(({ grant: { plan, subscription }, level: granted }) =>
    plan && RANK[granted] >= RANK.core ? [{ plan, level: granted, subscriptionId: subscription.subscriptionId }] : [],
  );
  const free = level === 'none' ? [] : freePlans.map((plan) => ({ plan, level: 'free' as const, subscriptionId: null }));
  return {
    level,
    reason: decisive?.reason ?? 'no_subscription',
    ...givenBy([...bought, ...free]),
    decidedBy: decisive?.grant.subscription.subscriptionId ?? null,
    decidedSince: decisive?.grant.subscription.statusSince ?? null,
  };
}

/** What was bought is always named as a source; the free plan only where it gives something. */
function givenBy(grants: ReadonlyArray<PlanGrant & { subscriptionId: string | null }>): Pick<Holding, 'features' | 'sources'> {
  const sorted = grants.toSorted((a, b) => byHeight(a, b) || compareIds(a.subscriptionId ?? '', b.subscriptionId ?? ''));
  const { features, givers } = bestOf(sorted);
  const sources = sorted
    .filter((grant) => grant.subscriptionId !== null || givers.includes(grant))
    .map(({ plan, subscriptionId }): AccessSource => ({
      kind: subscriptionId === null ? 'free-plan' : 'subscription',
      subscriptionId,
      planVersionId: plan.planVersionId,
      planKey: plan.planKey,
    }));
  return { features, sources };
}

/** Of two that grant the same, the one that moved last gives the reason. */
function byNewest(a: SubscriptionFacts, b: SubscriptionFacts): number {
  const [left, right] = [a.statusSince ?? '', b.statusSince ?? ''];
  if (left !== right) return left < right ? 1 : -1;
  return compareIds(b.subscriptionId, a.subscriptionId);
}

function toNonBilling({ level, reason, features, sources }: Holding): NonNullable<AccessStretch['nonBilling']> {
  return { level, reason, features, sources };
}

function isSameHolding(a: Holding, b: Holding): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function isSameStretch(a: DecidedStretch, b: Omit<DecidedStretch, 'from' | 'until'>): boolean {
  return isSameHolding(holdingOf(a), holdingOf(b)) && JSON.stringify(a.nonBilling) === JSON.stringify(b.nonBilling);
}

function holdingOf({ level, reason, features, sources, decidedBy, decidedSince }: Holding): Holding {
  return { level, reason, features, sources, decidedBy, decidedSince };
}
