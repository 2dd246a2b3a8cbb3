import type { AccessLevel, AccessMove } from '@turnpike/contracts-events';
import type { DecidedStretch } from './access.rules.js';
import { RANK } from './grants.rules.js';

/** How a customer's access stood when it was last looked at. */
export interface Before {
  readonly level: AccessLevel;
  /** Whether anything bought could ever be used. */
  readonly hasHadAccess: boolean;
}

/** Nobody had anything before the first word about them. */
export const BEFORE_ANYTHING: Before = { level: 'free', hasHadAccess: false };

export function isPaid(level: AccessLevel): boolean {
  return RANK[level] >= RANK.core;
}

/**
 * What a person should be told: access that was bought came, became less, ended, or is there again after it was less or had ended (§6.2).
 * A retried card within full grace is no move, and neither is anything between two kinds of having bought nothing.
 * @param now by the customer's clock, for moves of which nobody knows when they came
 */
export function moveOf(customerId: string, before: Before, stretch: DecidedStretch, now: Date): AccessMove | null {
  const kind = kindOf(before, stretch.level);
  if (kind === null) return null;
  const at = latest(stretch.from, stretch.decidedSince) ?? now.toISOString();
  // Not counted but named by what made it so: whoever works it out again, even from an empty database, tells the same move.
  const cause = `${stretch.decidedBy ?? customerId}/${kind}/${stretch.reason}/${at}`;
  return { kind, from: before.level, to: stretch.level, reason: stretch.reason, at, cause };
}

function kindOf({ level: from, hasHadAccess }: Before, to: AccessLevel): AccessMove['kind'] | null {
  if (from === to || (!isPaid(from) && !isPaid(to))) return null;
  if (RANK[to] > RANK[from]) return hasHadAccess ? 'reactivated' : 'granted';
  return isPaid(to) ? 'reduced' : 'ended';
}

/** RFC 3339 in UTC with the same precision sorts as text; what comes from outside may have another. */
function latest(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return Date.parse(a) >= Date.parse(b) ? a : b;
}
