import { Signal } from '@turnpike/messaging';
import type { Log } from '@turnpike/service';
import { verdictOnFetch } from '../fetch-failure.rules.js';
import type { FillQueue, LeasedFill } from './fill-queue.js';
import { FillTurn, type TurnParts } from './fill-turn.js';
import { LeaseLost } from './segments.js';

/** A process that dies keeps its walks for so long; one that lives says so three times as often. */
const LEASE_SECONDS = 15;
/** Walks under way at once in one process, over all connections. */
const AT_ONCE = 4;
const LOOK_EVERY_MS = 1_000;
/** A list that does not exist, or that nobody may read, is asked for so often before the walk fails. */
const TRIES_BEFORE_FAILURE = 3;

export interface FillingParts extends Omit<TurnParts, 'isStopping'> {
  readonly queue: FillQueue;
  readonly log: Log;
  readonly leaseSeconds?: number;
}

/** Walks the lists that are due: one process at a time each, found by a leased row, turn after turn. */
export class Filling {
  private readonly signal = new Signal();
  private readonly turns = new Set<Promise<void>>();
  private running: Promise<void> | null = null;
  private isStopping = false;

  constructor(private readonly parts: FillingParts) {}

  start(): void {
    this.running ??= this.run();
  }

  /** Begins nothing new, and waits for the pages under way. */
  async stop(): Promise<void> {
    this.isStopping = true;
    this.signal.give();
    await this.running;
    await Promise.all(this.turns);
  }

  /** Something is due. */
  wake(): void {
    this.signal.give();
  }

  private async run(): Promise<void> {
    while (!this.isStopping) {
      try {
        await this.look();
      } catch (error) {
        this.parts.log.warn('stripe.fill.queue-unreachable', { error: asError(error), retryInMs: LOOK_EVERY_MS });
      }
      await this.signal.wait(LOOK_EVERY_MS);
    }
  }

  private async look(): Promise<void> {
    const free = AT_ONCE - this.turns.size;
    if (free <= 0) return;
    for (const leased of await this.parts.queue.lease(free, this.leaseSeconds)) {
      const turn: Promise<void> = this.take(leased).finally(() => {
        this.turns.delete(turn);
        this.signal.give();
      });
      this.turns.add(turn);
    }
  }

  /** Never rejects. */
  private async take(leased: LeasedFill): Promise<void> {
    const { queue, log } = this.parts;
    const holding = setInterval(
      () =>
        void queue.hold(leased, this.leaseSeconds).catch((error: unknown) => log.warn('stripe.fill.not-held', { error: asError(error) })),
      (this.leaseSeconds * 1000) / 3,
    );
    try {
      const turn = new FillTurn({ ...this.parts, isStopping: () => this.isStopping }, leased);
      try {
        const seconds = await turn.run();
        if (seconds !== null) await queue.giveBack(leased, seconds, 0);
      } catch (error) {
        await this.failed(turn, leased, error);
      }
    } catch (error) {
      // The lease runs out by itself.
      log.warn('stripe.fill.turn-lost', { organization: leased.scope.organization, fillId: leased.fillId, error: asError(error) });
    } finally {
      clearInterval(holding);
    }
  }

  private async failed(turn: FillTurn, leased: LeasedFill, error: unknown): Promise<void> {
    if (error instanceof LeaseLost) return;
    const verdict = verdictOnFetch(error, leased.tries);
    const tries = leased.tries + 1;
    const { message } = asError(error);
    const facts = { organization: leased.scope.organization, fillId: leased.fillId, tries, error: asError(error) };
    if (verdict.then === 'refused' || (verdict.then === 'missing' && tries >= TRIES_BEFORE_FAILURE)) {
      this.parts.log.warn('stripe.fill.refused', facts);
      return turn.fail(verdict.then === 'refused' ? verdict.because : 'missing', message);
    }
    const seconds = verdict.then === 'later' ? verdict.seconds : 1;
    this.parts.log.warn('stripe.fill.put-off', { ...facts, retryInMs: seconds * 1000 });
    await turn.note('waiting_for_stripe', message);
    await this.parts.queue.giveBack(leased, seconds, tries);
  }

  private get leaseSeconds(): number {
    return this.parts.leaseSeconds ?? LEASE_SECONDS;
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
