/** Longer than a second by what a request may come late: however they are delayed, no more than a second's arrive in a second. */
const WINDOW_MS = 1_020;
/** What a busy process has missed is made up for, as long as it is no more than this. */
const MADE_UP_MS = 100;

/**
 * When the next request may start: evenly through the second, and never more than the rate in any one second. A start that came late may be
 * made up for, within the same bound.
 */
export class Pace {
  private nextAt = 0;
  /** When the latest requests started, oldest first; as many as a second holds. */
  private starts: number[] = [];

  /**
   * @param perSecond whole requests a second, above 0
   * @returns when the next may start; not after `now`: at once
   */
  nextStart(perSecond: number, now: number): number {
    const bound = this.starts.at(-perSecond);
    return Math.max(Math.min(this.nextAt, now + 1_000), bound === undefined ? 0 : bound + WINDOW_MS);
  }

  started(perSecond: number, now: number): void {
    const between = WINDOW_MS / perSecond;
    this.nextAt = Math.max(this.nextAt, now - MADE_UP_MS) + between;
    const since = now - WINDOW_MS;
    this.starts = [...this.starts.filter((at) => at > since), now];
  }

  /** How many started in the last second. */
  lately(now: number): number {
    return this.starts.filter((at) => at > now - 1_000).length;
  }
}
