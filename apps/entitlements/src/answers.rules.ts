import type { AccessSource, FeatureGrant } from '@turnpike/contracts-events';
import type { EntitlementResponse, EntitlementsResponse } from '@turnpike/contracts-http';
import type { HeldAccess, HeldGrants, HeldStretch } from './held-access.js';

/** What is asked, at what moment, of memory how fresh. */
export interface Asked {
  readonly member: string | undefined;
  /** Everybody's clock; a customer on a test clock lives at that one's time (architecture rule 14). */
  readonly now: Date;
  readonly asOf: Date;
  /** Beyond so many milliseconds nobody can say that nothing was missed. */
  readonly staleAfterMs: number;
}

interface Holding {
  readonly grants: HeldGrants;
  readonly sources: readonly AccessSource[];
}

/** Everything that is granted, feature by feature. */
export function answerForAll(access: HeldAccess, asked: Asked): EntitlementsResponse {
  const stretch = stretchNow(access, asked.now.getTime());
  const holding = holdingOf(access, stretch, asked.member);
  const features = [...holding.grants.features].map(([feature, value]) => ({ feature, hasAccess: grants(value), value }));
  return { ...frame(access, stretch, holding, asked), features };
}

/** One feature. @param isDefined whether any plan has it: asked only where it is not granted */
export function answerForOne(access: HeldAccess, feature: string, asked: Asked, isDefined: boolean): EntitlementResponse {
  const stretch = stretchNow(access, asked.now.getTime());
  const holding = holdingOf(access, stretch, asked.member);
  const value = holding.grants.features.get(feature);
  const answer = frame(access, stretch, holding, asked);
  if (value !== undefined) return { ...answer, feature, hasAccess: grants(value), value };
  return { ...answer, reason: whyNot(holding.grants, isDefined), sources: [], feature, hasAccess: false, value: null };
}

/** Whether a feature is granted to this member now. */
export function isGranted(access: HeldAccess, feature: string, asked: Asked): boolean {
  return holdingOf(access, stretchNow(access, asked.now.getTime()), asked.member).grants.features.has(feature);
}

/** A number is how many, and none is no access; a word of a list is access. */
function grants(value: FeatureGrant['value']): boolean {
  return value !== false && value !== 0;
}

function whyNot({ level, reason }: HeldGrants, isDefined: boolean): string {
  if (!isDefined) return 'unknown_feature';
  return level === 'full' ? 'not_in_plan' : reason;
}

/** While nobody knows what time it is on the customer's clock, nothing is taken away on a guess: the first stretch. */
function stretchNow({ stretches, clockId, clockAt }: HeldAccess, wall: number): HeldStretch {
  const now = clockId === null ? wall : (clockAt ?? Number.NEGATIVE_INFINITY);
  for (let index = stretches.length - 1; index >= 0; index--) {
    const stretch = stretches[index];
    if (stretch && stretch.from <= now) return stretch;
  }
  throw new Error('Access without a stretch at its beginning.');
}

/**
 * Members who do not handle billing may have more for a while (requirement S15). Who is no member at all is answered as billing is:
 * who may work where is the caller's to know.
 */
function holdingOf(access: HeldAccess, stretch: HeldStretch, member: string | undefined): Holding {
  if (stretch.nonBilling === null || member === undefined) return stretch;
  return access.memberIds.includes(member) && !access.billingMemberIds.includes(member) ? stretch.nonBilling : stretch;
}

function frame(access: HeldAccess, stretch: HeldStretch, { grants: held, sources }: Holding, { now, asOf, staleAfterMs }: Asked) {
  return {
    customerId: access.customerId,
    externalId: access.externalId,
    workspaceId: access.workspaceId,
    level: held.level,
    reason: held.reason,
    sources: [...sources],
    validUntil: stretch.until,
    asOf: asOf.toISOString(),
    isStale: now.getTime() - asOf.getTime() > staleAfterMs || (access.clockId !== null && access.clockAt === null),
    version: access.version,
  };
}
