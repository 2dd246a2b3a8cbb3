import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Log } from '@turnpike/service';
import type { AnnounceRunsService } from './announce-runs.service.js';

/** How soon a run is taken up that another replica left behind, or that met a database which was away. */
const EVERY_MS = 60_000;

/** Works on the runs that were asked for: at once when this replica was asked, at start, and every minute for those left behind. */
export class AnnounceEvents implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> | null = null;
  private isAskedAgain = false;
  private isStopping = false;

  constructor(
    private readonly runs: Pick<AnnounceRunsService, 'work'>,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.wake(), EVERY_MS);
    this.timer.unref();
    this.wake();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    clearInterval(this.timer);
    await this.working;
  }

  wake(): void {
    if (this.isStopping) return;
    // A run that was asked for behind the one being worked on, of an organization already passed, needs another round.
    if (this.working) this.isAskedAgain = true;
    else this.working = this.work();
  }

  private async work(): Promise<void> {
    try {
      do {
        this.isAskedAgain = false;
        await this.runs.work(() => !this.isStopping);
      } while (this.isAskedAgain && !this.isStopping);
    } catch (error) {
      this.log.warn('gateway.announce-run.interrupted', {
        willRetry: true,
        error: error instanceof Error ? error : new Error(String(error)),
      });
    } finally {
      this.working = null;
    }
  }
}
