import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Log } from '@turnpike/service';
import type { AnnounceRunsService } from './announce-runs.service.js';
import { Rounds } from './rounds.js';

/** How soon a run is taken up that another replica left behind, or that met a database which was away. */
const EVERY_MS = 60_000;

/** Works on the runs that were asked for: at once when this replica was asked, at start, and every minute for those left behind. */
export class AnnounceEvents implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly rounds: Rounds;

  constructor(runs: Pick<AnnounceRunsService, 'work'>, log: Log) {
    this.rounds = new Rounds(
      EVERY_MS,
      (goesOn) => runs.work(goesOn),
      (error) => log.warn('gateway.announce-run.interrupted', { willRetry: true, error }),
    );
  }

  onApplicationBootstrap(): void {
    this.rounds.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.rounds.stop();
  }

  wake(): void {
    this.rounds.wake();
  }
}
