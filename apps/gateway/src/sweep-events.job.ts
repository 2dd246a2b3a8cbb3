import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Log } from '@turnpike/service';
import type { EventSweepsService } from './event-sweeps.service.js';
import type { ConnectionToSweep, KnownConnections } from './known-connections.service.js';

const CONNECTIONS_PER_ROUND = 200;
/** Each holds a connection of the database while it stores a page. */
const AT_ONCE = 3;

/** Every few seconds: looks which connections are due to be asked for the events that no webhook brought, and asks. */
export class SweepEvents implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> | null = null;
  private isWoken = false;
  private isStopping = false;

  constructor(
    private readonly known: Pick<KnownConnections, 'dueSweeps'>,
    private readonly sweeps: Pick<EventSweepsService, 'sweep'>,
    private readonly tickSeconds: number,
    private readonly startedAt: Date,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.wake(), this.tickSeconds * 1000);
    this.timer.unref();
    this.wake();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    clearInterval(this.timer);
    await this.working;
  }

  /** Begins a round now; one that is under way is followed by another. */
  wake(): void {
    if (this.isStopping) return;
    if (this.working) this.isWoken = true;
    else this.working = this.work();
  }

  private async work(): Promise<void> {
    try {
      do {
        this.isWoken = false;
        const upSeconds = (Date.now() - this.startedAt.getTime()) / 1000;
        const due = [...(await this.known.dueSweeps(CONNECTIONS_PER_ROUND, upSeconds))];
        await Promise.all(Array.from({ length: AT_ONCE }, () => this.sweepAll(due)));
      } while (this.isWoken && !this.isStopping);
    } catch (error) {
      this.log.warn('sweep.interrupted', { willRetry: true, error: error instanceof Error ? error : new Error(String(error)) });
    } finally {
      this.working = null;
    }
  }

  private async sweepAll(due: ConnectionToSweep[]): Promise<void> {
    for (let next = due.shift(); next && !this.isStopping; next = due.shift()) await this.sweeps.sweep(next, () => !this.isStopping);
  }
}
