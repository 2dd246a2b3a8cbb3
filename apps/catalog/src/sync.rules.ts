import type { CatalogSyncChanged } from '@turnpike/contracts-events';

/** What we decide about a product or price at Stripe. A price has no name. */
export type StripeState = { name?: string; active: boolean };

export type SyncStatus = CatalogSyncChanged['status'];

/** What of a sync record its status follows from. */
export interface SyncFacts {
  readonly stripeId: string | null;
  readonly skipReason: string | null;
  readonly written: StripeState | null;
  readonly attempted: StripeState | null;
  readonly openCause: string | null;
  readonly error: object | null;
  readonly isBlocked: boolean;
  readonly drift: readonly string[];
  readonly detachedAt: Date | null;
}

/** A write that waits for a person has failed, though it will be tried again; one that merely has no answer yet is pending. */
export function statusOf({ stripeId, skipReason, openCause, error, isBlocked, drift, detachedAt }: SyncFacts): SyncStatus {
  if (detachedAt !== null) return 'detached';
  if (skipReason !== null) return 'skipped';
  if (error !== null && (isBlocked || openCause === null)) return 'failed';
  if (openCause !== null || stripeId === null) return 'pending';
  return drift.length > 0 ? 'failed' : 'synced';
}

export function reasonsOf({ skipReason, drift }: Pick<SyncFacts, 'skipReason' | 'drift'>): string[] {
  return skipReason === null ? [...drift] : [skipReason];
}

/** Why nothing of a plan is written to a connection; null where something is (requirement §6.3). */
export function skipReasonOf(pricingType: 'free' | 'paid' | 'custom', mayWrite: boolean): string | null {
  switch (pricingType) {
    case 'paid':
      return mayWrite ? null : 'READ_ONLY_CONNECTION';
    case 'free':
      return 'FREE_PLAN';
    case 'custom':
      return 'CUSTOM_PRICE';
    default:
      return pricingType satisfies never;
  }
}

/**
 * What has to be written next. While a write is under way nothing is, whatever is wanted by now; what Stripe refused is not tried again before
 * something else is wanted, or somebody publishes again.
 * @param isAskedAgain somebody published again: what was refused is tried again, and what others changed is written back
 */
export function nextWrite(facts: SyncFacts, wanted: StripeState, isAskedAgain: boolean): 'create' | 'update' | null {
  if (facts.openCause !== null || facts.skipReason !== null || facts.detachedAt !== null) return null;
  const isRefused = facts.error !== null && facts.attempted !== null && sameState(facts.attempted, wanted);
  if (isRefused && !isAskedAgain) return null;
  if (facts.stripeId === null) return 'create';
  if (facts.drift.includes(DRIFT.deleted)) return null;
  const isDifferent = facts.written === null || !sameState(facts.written, wanted);
  return isDifferent || (isAskedAgain && facts.drift.length > 0) ? 'update' : null;
}

export const DRIFT = { name: 'DRIFT_NAME', active: 'DRIFT_ACTIVE', deleted: 'DRIFT_DELETED' } as const;

/** What others changed of what we wrote. @param seen null: deleted at Stripe */
export function driftOf(written: StripeState, seen: { readonly name?: string; readonly isActive: boolean } | null): string[] {
  if (seen === null) return [DRIFT.deleted];
  return [
    ...(written.name !== undefined && seen.name !== written.name ? [DRIFT.name] : []),
    ...(seen.isActive === written.active ? [] : [DRIFT.active]),
  ];
}

/**
 * Whether a price is to be sold from. One that was replaced stays until all prices of the current version are at Stripe, so that there is
 * always one to buy (requirement G9).
 */
export function isPriceActive(isOfCurrentVersion: boolean, isPlanOffered: boolean, isSuccessorThere: boolean): boolean {
  return isOfCurrentVersion || (isPlanOffered && !isSuccessorThere);
}

function sameState(a: StripeState, b: StripeState): boolean {
  return a.name === b.name && a.active === b.active;
}
