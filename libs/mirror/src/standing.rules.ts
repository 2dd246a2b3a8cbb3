import type { Standing } from '@turnpike/contracts-events';
import type { Known } from '@turnpike/stripe';

/** How far a shown state may be trusted, and why not further. */
export interface StandingOf {
  readonly standing: Standing;
  /** The codes of `DirtyReason` in the order in which they came up, or of `UnverifiedReason`; empty when nothing is in doubt. */
  readonly reasons: string[];
}

/**
 * What an object's doubts say of its row. Provisional only while nothing contradicts what is shown: with any other doubt beside, the row may
 * be wrong, not merely early.
 */
export function standingOf(known: Known): StandingOf {
  const reasons = known.dirtyBecause.map((mark) => mark.because);
  if (known.standing === 'clean') {
    if (!known.unverified) return { standing: 'confirmed', reasons };
    return { standing: 'unverified', reasons: known.unverifiedBecause ? [known.unverifiedBecause] : [] };
  }
  const isOnlyEarly = known.provisional && reasons.every((reason) => reason === 'provisional');
  return { standing: isOnlyEarly ? 'provisional' : 'dirty', reasons };
}

/** Since when a row has its standing; null while it never had another than confirmed. */
export function standingSince(
  before: { standing: Standing; standingSince: Date | null } | null,
  standing: Standing,
  now: Date,
): Date | null {
  if (before === null) return standing === 'confirmed' ? null : now;
  return before.standing === standing ? before.standingSince : now;
}
