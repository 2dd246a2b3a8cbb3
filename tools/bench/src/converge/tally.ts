const WINDOW_MS = 1_000;

/** What is counted of the requests that Stripe gets: how many about an object, and at once, and how many an account gets in a second. */
export class Tally {
  private readonly askedOf = new Map<string, number>();
  private readonly underWay = new Map<string, number>();
  private readonly recent = new Map<number, number[]>();
  private readonly buckets = new Map<number, { tokens: number; at: number }>();
  /** The most requests about one object that were under way at the same time. */
  mostAtOnce = 0;
  /** The most requests of one account in any second. */
  mostPerSecond = 0;
  requests = 0;
  /** Answered 429. */
  refused = 0;

  constructor(private readonly ratePerSecond: number) {}

  /**
   * @param objectId null for a list @param nowMs rising
   * @returns false when the account has asked too often: a bucket of one second's requests is empty
   */
  begins(account: number, objectId: string | null, nowMs: number): boolean {
    this.requests += 1;
    if (objectId !== null) {
      this.askedOf.set(objectId, (this.askedOf.get(objectId) ?? 0) + 1);
      const atOnce = (this.underWay.get(objectId) ?? 0) + 1;
      this.underWay.set(objectId, atOnce);
      this.mostAtOnce = Math.max(this.mostAtOnce, atOnce);
    }
    const recent = [...(this.recent.get(account) ?? []).filter((at) => at > nowMs - WINDOW_MS), nowMs];
    this.recent.set(account, recent);
    this.mostPerSecond = Math.max(this.mostPerSecond, recent.length);
    return this.takes(account, nowMs);
  }

  ends(objectId: string | null): void {
    if (objectId === null) return;
    const left = (this.underWay.get(objectId) ?? 1) - 1;
    if (left === 0) this.underWay.delete(objectId);
    else this.underWay.set(objectId, left);
  }

  /** How often an object was asked about. */
  timesAsked(objectId: string): number {
    return this.askedOf.get(objectId) ?? 0;
  }

  private takes(account: number, nowMs: number): boolean {
    if (this.ratePerSecond === Infinity) return true;
    const bucket = this.buckets.get(account) ?? { tokens: this.ratePerSecond, at: nowMs };
    const tokens = Math.min(this.ratePerSecond, bucket.tokens + ((nowMs - bucket.at) * this.ratePerSecond) / 1000);
    const isAllowed = tokens >= 1;
    this.buckets.set(account, { tokens: isAllowed ? tokens - 1 : tokens, at: nowMs });
    if (!isAllowed) this.refused += 1;
    return isAllowed;
  }
}
