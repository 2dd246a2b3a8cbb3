const HOUR_MS = 60 * 60 * 1000;

/** How many keys of one lineage may open doors at once: the new one, and the old one while callers change over. */
const MOST_LIVE = 2;

/** As much of a key as says whether it opens anything. */
export interface KeyLife {
  readonly id: string;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

/** Whether a key opens doors. At its very end it no longer does. */
export function isLive({ expiresAt, revokedAt }: KeyLife, now: Date): boolean {
  return revokedAt === null && (expiresAt === null || expiresAt > now);
}

/** When a key ends that is replaced now: after the given time, but never later than it would have ended anyway. */
export function endOfReplaced({ expiresAt }: KeyLife, oldExpiresInHours: number, now: Date): Date {
  const end = new Date(now.getTime() + oldExpiresInHours * HOUR_MS);
  return expiresAt !== null && expiresAt < end ? expiresAt : end;
}

/**
 * Whether a key may be replaced now. `not-live`: it opens nothing, so there is nothing to change over from. `two-live`: with the new one,
 * more than two of its lineage would open doors; one of them has to end first. Ending this one at once is always a way out.
 * @param lineage every key that replaced another of these, this one included
 */
export function whetherToRotate(
  apiKey: KeyLife,
  lineage: readonly KeyLife[],
  oldExpiresInHours: number,
  now: Date,
): 'rotate' | 'not-live' | 'two-live' {
  if (!isLive(apiKey, now)) return 'not-live';
  const stays = lineage.filter((one) => isLive(one, now) && (one.id !== apiKey.id || oldExpiresInHours > 0));
  return stays.length < MOST_LIVE ? 'rotate' : 'two-live';
}
