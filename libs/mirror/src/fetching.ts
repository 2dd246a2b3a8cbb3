import type { Scope } from '@turnpike/contracts-events';
import type { StripeLane } from '@turnpike/contracts-http';
import { Signal } from '@turnpike/messaging';
import { type Log, traced } from '@turnpike/service';
import type Stripe from 'stripe';
import type { FetchedAnswer } from './fetched-answer.js';
import { verdictOnFetch } from './fetch-failure.rules.js';
import { killPoints } from './kill-points.js';
import { connectionKeyOf, type FetchQueue, type Leased } from './fetch-queue.js';
import type { MirrorMetrics } from './mirror.metrics.js';

/** How a service asks Stripe: `StripeAccess` of libs/stripe. */
export interface StripeClients {
  /** @param lane for whom its requests are made: they take their turn in it */
  client(scope: Scope, connectionId: string, lane: StripeLane): Promise<Stripe>;
}

export interface FetchingParts {
  readonly queue: Pick<FetchQueue, 'lease' | 'hold' | 'putOff'>;
  /** Asks Stripe. Throws what the SDK or `StripeClients` throws. */
  ask(leased: Leased): Promise<Omit<Extract<FetchedAnswer, { outcome: 'found' }>, 'outcome'>>;
  /** Writes the answer in a transaction of its own. */
  settle(leased: Leased, answer: FetchedAnswer): Promise<void>;
  readonly metrics: MirrorMetrics;
  readonly service: string;
  readonly log: Log;
  /** A process that dies keeps its objects unasked for so long; one that lives holds them on. */
  readonly leaseSeconds?: number;
}

/** Held on three times in that time: however long Stripe takes, or the account's rate makes us wait, nobody else asks meanwhile. */
const LEASE_SECONDS = 15;
const TRIES_TO_SETTLE = 3;
/** What a connection may have in flight from one process, and how many of its objects are taken in one go. The rate is `StripeAccess`'s. */
const AT_ONCE = 4;
const PER_CONNECTION = 16;
/** Other replicas' objects and leases that have run out are found by looking now and then; our own wake us. */
const LOOK_EVERY_MS = 2_000;

/**
 * Settles objects in doubt by asking Stripe (architecture rule 5): outside any handler and any transaction, one in flight per object over
 * all replicas by a leased row, a few per connection at a time.
 */
export class Fetching {
  private readonly wake = new Signal();
  private readonly busy = new Map<string, Promise<void>>();
  private readonly heldUntil = new Map<string, number>();
  /** The leases of what is under way. */
  private readonly leases = new Set<string>();
  private alarm: { at: number; timer: NodeJS.Timeout } | null = null;
  private running: Promise<void> | null = null;
  private holding: NodeJS.Timeout | undefined;
  private isStopping = false;

  constructor(private readonly parts: FetchingParts) {}

  start(): void {
    this.running ??= this.run();
    this.holding ??= setInterval(() => void this.hold(), (this.leaseSeconds * 1000) / 3).unref();
  }

  /** Takes nothing new, and waits for what is under way. */
  async stop(): Promise<void> {
    this.isStopping = true;
    this.wake.give();
    await this.running;
    await Promise.all(this.busy.values());
    clearInterval(this.holding);
    if (this.alarm) clearTimeout(this.alarm.timer);
  }

  /** Something will be due then (epoch ms). */
  wakeAt(at: number): void {
    const inMs = at - Date.now();
    if (inMs <= 0) return this.wake.give();
    if (inMs >= LOOK_EVERY_MS * 5 || (this.alarm && this.alarm.at <= at)) return;
    if (this.alarm) clearTimeout(this.alarm.timer);
    const timer = setTimeout(() => {
      this.alarm = null;
      this.wake.give();
    }, inMs);
    this.alarm = { at, timer: timer.unref() };
  }

  private async run(): Promise<void> {
    while (!this.isStopping) {
      try {
        await this.look();
      } catch (error) {
        this.parts.log.warn('stripe.fetch.queue-unreachable', { error: asError(error), retryInMs: LOOK_EVERY_MS });
      }
      await this.wake.wait(LOOK_EVERY_MS);
    }
  }

  private async look(): Promise<void> {
    const leased = await this.parts.queue.lease({
      now: new Date(),
      perConnection: PER_CONNECTION,
      busy: [...this.busy.keys(), ...this.held()],
      seconds: this.leaseSeconds,
    });
    const [lease] = leased.map((one) => one.lease);
    if (lease === undefined) return;
    this.leases.add(lease);
    const works: Promise<void>[] = [];
    for (const [connection, objects] of Map.groupBy(leased, (one) => connectionKeyOf(one.object))) {
      const work = this.fetchAll(connection, objects).finally(() => {
        this.busy.delete(connection);
        this.wake.give();
      });
      this.busy.set(connection, work);
      works.push(work);
    }
    void Promise.all(works).finally(() => this.leases.delete(lease));
  }

  /** Never rejects: a lease that is not held on runs out, and its answer is not written then. */
  private async hold(): Promise<void> {
    if (this.leases.size === 0) return;
    try {
      await this.parts.queue.hold([...this.leases], this.leaseSeconds);
    } catch (error) {
      this.parts.log.warn('stripe.fetch.not-held', { error: asError(error) });
    }
  }

  private get leaseSeconds(): number {
    return this.parts.leaseSeconds ?? LEASE_SECONDS;
  }

  private held(): string[] {
    const now = Date.now();
    for (const [connection, until] of this.heldUntil) if (until <= now) this.heldUntil.delete(connection);
    return [...this.heldUntil.keys()];
  }

  /** Never rejects: what fails is put off. */
  private async fetchAll(connection: string, objects: Leased[]): Promise<void> {
    const worker = async () => {
      for (let leased = objects.shift(); leased !== undefined; leased = objects.shift()) {
        const held = this.heldUntil.get(connection);
        if (this.isStopping || held !== undefined) {
          await this.putOff(leased, Math.max(0, (held ?? 0) - Date.now()) / 1000, 0);
          continue;
        }
        const fetching = leased;
        const facts = { 'turnpike.organization': leased.object.scope.organization };
        await traced(this.parts.service, { name: `fetch ${leased.type}`, facts, from: leased.traceparent }, () =>
          this.fetchOne(connection, fetching),
        );
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  private async fetchOne(connection: string, leased: Leased): Promise<void> {
    let answer: FetchedAnswer;
    try {
      answer = { outcome: 'found', ...(await this.parts.ask(leased)) };
    } catch (error) {
      const verdict = verdictOnFetch(error, leased.tries);
      if (verdict.then === 'later') return this.askLater(connection, leased, verdict, error);
      answer = { outcome: 'failed', error };
    }
    try {
      await this.settle(leased, answer);
    } catch (error) {
      await this.askLater(connection, leased, { seconds: Math.min(2 ** leased.tries, 60), holdsConnection: false }, error);
    }
  }

  private async askLater(
    connection: string,
    leased: Leased,
    { seconds, holdsConnection }: { seconds: number; holdsConnection: boolean },
    error: unknown,
  ): Promise<void> {
    this.parts.metrics.fetches.inc({ type: leased.type, outcome: 'later' });
    this.parts.log.warn('stripe.fetch.failed', {
      organization: leased.object.scope.organization,
      connectionId: leased.object.connectionId,
      objectId: leased.object.stripeId,
      tries: leased.tries + 1,
      error: asError(error),
      retryInMs: seconds * 1000,
    });
    if (holdsConnection) this.heldUntil.set(connection, Date.now() + seconds * 1000);
    await this.putOff(leased, seconds, 1);
  }

  private async putOff(leased: Leased, seconds: number, failures: 0 | 1): Promise<void> {
    try {
      await this.parts.queue.putOff(leased, seconds, failures);
      this.wakeAt(Date.now() + seconds * 1000);
    } catch (error) {
      // The lease runs out by itself.
      this.parts.log.warn('stripe.fetch.not-put-off', { objectId: leased.object.stripeId, error: asError(error) });
    }
  }

  /** Writes an answer, tried again when it meets another writer. */
  private async settle(leased: Leased, answer: FetchedAnswer): Promise<void> {
    killPoints.fetched.publish(leased.object.stripeId);
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.parts.settle(leased, answer);
      } catch (error) {
        if (tries === TRIES_TO_SETTLE) throw error;
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 50 * tries));
      }
    }
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
