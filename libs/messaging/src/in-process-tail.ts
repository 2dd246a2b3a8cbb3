import type { Log } from '@turnpike/service';
import type { RoadMessage } from './message.js';
import type { LogEnds, TailSink } from './road-log.js';
import type { Signal } from './signal.js';

const POLL_SHORTEST_MS = 5;
const POLL_LONGEST_MS = 200;

/** What the tail asks the bus. */
export interface TailOfBus {
  ends(): Promise<LogEnds>;
  /** Of each partition what comes from an offset on, as much as there is room for. */
  pages(starts: ReadonlyMap<number, bigint>): Promise<ReadonlyMap<number, readonly RoadMessage[]>>;
}

/** Hands over what is appended to one topic of the bus, to one replica, which keeps its own position. */
export class InProcessTail {
  private isStopping = false;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly sink: TailSink,
    private readonly bus: TailOfBus,
    private readonly wake: Signal,
    private readonly log: Log,
  ) {}

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    this.wake.give();
    await this.running;
  }

  private async run(): Promise<void> {
    let idleMs = POLL_SHORTEST_MS;
    while (!this.isStopping) {
      try {
        if (await this.readWhatWaits()) {
          idleMs = POLL_SHORTEST_MS;
          continue;
        }
      } catch (error) {
        this.log.warn('road.bus.unavailable', {
          error: error instanceof Error ? error : new Error(String(error)),
          retryInMs: POLL_LONGEST_MS,
        });
        idleMs = POLL_LONGEST_MS;
      }
      await this.wake.wait(idleMs);
      idleMs = Math.min(idleMs * 2, POLL_LONGEST_MS);
    }
  }

  private async readWhatWaits(): Promise<boolean> {
    const starts = new Map<number, bigint>();
    for (const [partition, { end }] of (await this.bus.ends()).partitions) {
      const from = this.sink.positionOf(partition);
      if (from < end) starts.set(partition, from);
    }
    if (starts.size === 0 || this.isStopping) return false;
    const pages = await this.bus.pages(starts);
    for (const [partition, messages] of pages) {
      const last = messages.at(-1);
      if (last !== undefined) this.sink.take(partition, messages, last.offset + 1n);
    }
    return pages.size > 0;
  }
}
