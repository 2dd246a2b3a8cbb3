import { randomUUID } from 'node:crypto';
import { StripeLane, type StripeLaneRates, type StripeRateRequest, type StripeRateResponse } from '@turnpike/contracts-http';
import { Pace } from './pace.js';

/** How often a share is asked for while it is needed, and how often while it is too small and might be larger. */
const ASK_EVERY_MS = 1_000;
const ASK_AGAIN_MS = 200;
/** Nobody waits longer than this for `connections` before the careful share is taken. */
const PATIENCE_MS = 500;
/** A turn that did not come by then is an error: the caller asks again later, as after a request that got no answer. */
const MOST_WAIT_MS = 15_000;
const MOST_WANTED = 1_000;

/**
 * What a process asks when nobody tells it its share: little enough for a handful of processes together, and enough that nobody is
 * stopped.
 */
export const CAREFUL: StripeLaneRates = { person: 2, writes: 1, sync: 1, backfill: 1 };
const NOTHING: StripeLaneRates = { person: 0, writes: 0, sync: 0, backfill: 0 };

interface Waiting {
  readonly endpoint: string;
  readonly go: () => void;
  readonly giveUp: (error: Error) => void;
  readonly since: number;
}

export interface RateShareParts {
  /** Asks `connections`. A throw means that it is away. */
  ask(request: StripeRateRequest): Promise<StripeRateResponse>;
  /** Epoch ms. */
  readonly now: () => number;
}

/**
 * One process's share of one Stripe account's rate (architecture rule 16). Every request takes its turn in its lane; the share is leased from
 * `connections` for two seconds at a time, and runs out where nothing is asked of Stripe. While `connections` is away the share is a small,
 * fixed one.
 */
export class RateShare {
  private readonly holder = randomUUID();
  private readonly waiting: Readonly<Record<StripeLane, Waiting[]>> = { person: [], writes: [], sync: [], backfill: [] };
  private readonly paces: Readonly<Record<StripeLane, Pace>> = {
    person: new Pace(),
    writes: new Pace(),
    sync: new Pace(),
    backfill: new Pace(),
  };
  private readonly endpoints = new Map<string, Pace>();
  private granted = NOTHING;
  private perEndpoint = 1;
  /** The last answer was all that was wanted: there may be more. */
  private isGenerous = true;
  private until = 0;
  private askedAt = -Infinity;
  private isAsking = false;
  private answeredSince = 0;
  private refusedSince = 0;
  private timer: { readonly at: number; readonly handle: NodeJS.Timeout } | null = null;

  constructor(private readonly parts: RateShareParts) {}

  /**
   * Waits for the turn of one request.
   * @param endpoint method and path without ids: Stripe counts each for itself, too
   * @throws Error after 15 s in vain
   */
  take(lane: StripeLane, endpoint: string): Promise<void> {
    return new Promise((go, giveUp) => {
      this.waiting[lane].push({ endpoint, go, giveUp, since: this.parts.now() });
      this.turn();
    });
  }

  /** Stripe answered a request that had its turn. */
  answered(status: number): void {
    this.answeredSince += 1;
    if (status === 429) this.refusedSince += 1;
  }

  /** Lets go whoever may go now, and comes back when the next may. */
  private turn(): void {
    const now = this.parts.now();
    if (now >= this.until) this.granted = NOTHING;
    let next = Infinity;
    for (const lane of StripeLane.options) next = Math.min(next, this.turnOf(lane, now));
    if (this.isNeeded()) next = Math.min(next, this.askIfDue(now));
    if (next < Infinity) this.comeBack(next, now);
  }

  /** @returns when to look again; Infinity: when something changes */
  private turnOf(lane: StripeLane, now: number): number {
    const rate = this.granted[lane];
    const queue = this.waiting[lane];
    while (queue[0] && queue[0].since + MOST_WAIT_MS <= now)
      queue.shift()?.giveUp(new Error(`No turn came to ask Stripe within ${MOST_WAIT_MS / 1000} s.`));
    let next = queue[0] ? queue[0].since + MOST_WAIT_MS : Infinity;
    for (let at = 0; at < queue.length && rate > 0;) {
      const inLane = this.paces[lane].nextStart(rate, now);
      if (inLane > now) return Math.min(next, inLane);
      const one = queue[at];
      if (!one) break;
      const endpoint = this.paceOf(one.endpoint);
      const ofEndpoint = endpoint.nextStart(this.perEndpoint, now);
      if (ofEndpoint > now) {
        // Others in the lane, who ask another endpoint, need not wait for this one.
        next = Math.min(next, ofEndpoint);
        at += 1;
        continue;
      }
      queue.splice(at, 1);
      this.paces[lane].started(rate, now);
      endpoint.started(this.perEndpoint, now);
      one.go();
    }
    return next;
  }

  private paceOf(endpoint: string): Pace {
    const pace = this.endpoints.get(endpoint) ?? new Pace();
    this.endpoints.set(endpoint, pace);
    return pace;
  }

  private isNeeded(): boolean {
    return StripeLane.options.some((lane) => this.waiting[lane].length > 0);
  }

  private askIfDue(now: number): number {
    if (this.isAsking) return Infinity;
    const isWithout = StripeLane.options.some((lane) => this.waiting[lane].length > 0 && this.granted[lane] === 0);
    const dueAt = this.askedAt + (isWithout || this.isGenerous ? ASK_AGAIN_MS : ASK_EVERY_MS);
    if (dueAt > now) return dueAt;
    void this.ask(now);
    return Infinity;
  }

  /** Never rejects. */
  private async ask(now: number): Promise<void> {
    this.isAsking = true;
    this.askedAt = now;
    const [answered, refused] = [this.answeredSince, this.refusedSince];
    const isLate = setTimeout(() => this.goCarefully(), PATIENCE_MS);
    const wanted = this.wanted(now);
    try {
      const { granted, perEndpoint, seconds } = await this.parts.ask({ holder: this.holder, wanted, answered, refused });
      this.granted = granted;
      this.perEndpoint = perEndpoint;
      this.isGenerous = StripeLane.options.every((lane) => granted[lane] >= wanted[lane]);
      // From the moment of asking: it is over here before it is over there.
      this.until = now + seconds * 1000;
      this.answeredSince -= answered;
      this.refusedSince -= refused;
    } catch {
      this.goCarefully();
    } finally {
      clearTimeout(isLate);
      this.isAsking = false;
      this.turn();
    }
  }

  /** What is granted still stays so until it is over: it is ours. */
  private goCarefully(): void {
    const now = this.parts.now();
    if (now < this.until) return;
    this.granted = CAREFUL;
    this.isGenerous = false;
    this.until = now + ASK_EVERY_MS;
    this.turn();
  }

  /** More than what waits, so that a share grows as fast as it is used. */
  private wanted(now: number): StripeLaneRates {
    const of = (lane: StripeLane) => Math.min(MOST_WANTED, this.paces[lane].lately(now) + 4 * this.waiting[lane].length);
    return { person: of('person'), writes: of('writes'), sync: of('sync'), backfill: of('backfill') };
  }

  private comeBack(at: number, now: number): void {
    if (this.timer && this.timer.at <= at) return;
    if (this.timer) clearTimeout(this.timer.handle);
    const handle = setTimeout(
      () => {
        this.timer = null;
        this.turn();
      },
      Math.max(0, at - now),
    );
    // Whoever waits keeps the process alive; this alone would only delay its end.
    this.timer = { at, handle: handle.unref() };
  }
}
