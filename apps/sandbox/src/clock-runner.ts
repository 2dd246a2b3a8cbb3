import { setImmediate as breathe } from 'node:timers/promises';
import { then, unchanged } from './change.js';
import type { OpenAccount } from './open-account.js';
import { BY_ITSELF } from './resources/event.js';
import { advanced, brokenDown, deletedClock } from './resources/test-clocks.js';
import type { Change, ClockEngine } from './state.js';

const KIND = 'test_helpers.test_clock';
/** Steps that are saved together: as many as fit in this time, so that the server answers meanwhile. */
const SLICE_MS = 10;
/** How long a wall clock's next due time may wait to be looked for after a change. */
const LOOK_AFTER_MS = 200;
const LONGEST_TIMER_MS = 3_600_000;

/** Lets time pass: on test clocks when they advance, on the wall clock by itself. All of it goes on from the state alone after a restart. */
export class ClockRunner {
  private readonly advancing = new Set<string>();
  private readonly timers = new Map<string, { readonly timer: NodeJS.Timeout; readonly at: number }>();
  private stopped = false;

  constructor(
    private readonly engine: ClockEngine,
    /** Milliseconds since 1970. */
    private readonly nowMs: () => number,
    /** Told of an engine that threw: a fault of the sandbox itself. */
    private readonly failed: (error: unknown) => void,
  ) {}

  /** Looks at what an account's last change asks for. */
  watch(account: OpenAccount): void {
    for (const clock of account.state.list(KIND)) {
      if (clock.status === 'advancing') this.start(account, clock.id);
    }
    this.look(account, LOOK_AFTER_MS);
  }

  stop(): void {
    this.stopped = true;
    for (const { timer } of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  private start(account: OpenAccount, clock: string): void {
    const mark = `${account.id} ${clock}`;
    if (this.advancing.has(mark) || this.stopped) return;
    this.advancing.add(mark);
    void this.advance(account, clock)
      .catch((error: unknown) => {
        this.failed(error);
        const broken = account.state.find(KIND, clock);
        if (broken) account.commit(brokenDown(account.state, broken), BY_ITSELF);
      })
      .finally(() => this.advancing.delete(mark));
  }

  private async advance(account: OpenAccount, id: string): Promise<void> {
    for (;;) {
      await breathe();
      const clock = account.state.find(KIND, id);
      const target = clock?.status_details.advancing?.target_frozen_time;
      if (this.stopped || clock === undefined || target === undefined) return;
      const change = this.slice(account, id, target);
      if (change === undefined) {
        account.commit(advanced(account.state, clock), BY_ITSELF);
        return;
      }
      account.commit(change, BY_ITSELF);
    }
  }

  /** As many steps as fit in a slice; undefined: nothing is due. */
  private slice(account: OpenAccount, clock: string | null, until: number): Change | undefined {
    const end = performance.now() + SLICE_MS;
    let change: Change | undefined;
    do {
      const before: Change = change ?? unchanged(account.state);
      const step = this.engine.nextStep(before.state, clock, until);
      if (step === undefined) return change;
      change = then(before, () => account.withReactions(step));
    } while (performance.now() < end);
    return change;
  }

  /** One timer per account, for whatever comes next on the wall clock. */
  private look(account: OpenAccount, afterMs: number): void {
    const at = performance.now() + afterMs;
    const known = this.timers.get(account.id);
    if (this.stopped || (known !== undefined && known.at <= at)) return;
    clearTimeout(known?.timer);
    const timer = setTimeout(() => {
      this.timers.delete(account.id);
      void this.passTime(account).catch(this.failed);
    }, afterMs);
    timer.unref();
    this.timers.set(account.id, { timer, at });
  }

  private async passTime(account: OpenAccount): Promise<void> {
    while (!this.stopped) {
      const now = Math.floor(this.nowMs() / 1000);
      const expired = account.state.list(KIND).find((clock) => clock.deletes_after <= now && clock.status !== 'advancing');
      const change = expired ? account.withReactions(deletedClock(account.state, expired)) : this.slice(account, null, now);
      if (change === undefined) break;
      account.commit(change, BY_ITSELF);
      await breathe();
    }
    if (this.stopped) return;
    const next = this.engine.nextDueAt(account.state, null);
    if (next !== undefined) this.look(account, Math.min(LONGEST_TIMER_MS, Math.max(LOOK_AFTER_MS, next * 1000 - this.nowMs())));
  }
}
