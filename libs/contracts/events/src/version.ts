import { z } from 'zod';

/**
 * Which state of an entity this is. `n` counts the changes of one entity; `epoch` counts the lives of the writer's database, since one
 * that was set back draws old numbers again (road 2.0): what a later life says wins over any `n` of an earlier one.
 */
export const Version = z.object({ epoch: z.int().nonnegative(), n: z.int().nonnegative() });
export type Version = z.output<typeof Version>;

/** Negative when `left` is older, 0 for the same, positive when it is newer: fit for `Array.sort`. */
export function compareVersions(left: Version, right: Version): number {
  return left.epoch - right.epoch || left.n - right.n;
}

/** Whether `candidate` may replace `known`; null: nothing is known yet. The same version again may not: it brings nothing. */
export function isNewer(candidate: Version, known: Version | null): boolean {
  return known === null || compareVersions(candidate, known) > 0;
}
