import type { Log } from '@turnpike/service';
import type { RoadMessage } from './message.js';
import type { LogEnds, TailSink } from './road-log.js';
import type { Signal } from './signal.js';

const POLL_SHORTEST_MS = 5;
const POLL_LONGEST_MS = 200;

/** What the tail asks the bus. */
export interface TailOfBus {
  ends(): Promise<LogEnds>;
  /** As many as one page holds, from an offset on. */
  page(partition: number, from: bigint): Promise<readonly RoadMessage[]>;
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
    let hasRead = false;
    for (const [partition, { end }] of (await this.bus.ends()).partitions) {
      const from = this.sink.positionOf(partition);
      if (from >= end || this.isStopping) continue;
      const messages = await this.bus.page(partition, from);
      const last = messages.at(-1);
      if (last === undefined) continue;
      this.sink.take(partition, messages, last.offset + 1n);
      hasRead = true;
    }
    return hasRead;
  }
}
