import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Log } from '@turnpike/service';
import type { EventSweepsService } from './event-sweeps.service.js';
import type { ConnectionToSweep, KnownConnections } from './known-connections.service.js';
import { Rounds } from './rounds.js';

const CONNECTIONS_PER_ROUND = 200;
/** Each holds a connection of the database while it stores a page. */
const AT_ONCE = 3;

/** Every few seconds: looks which connections are due to be asked for the events that no webhook brought, and asks. */
export class SweepEvents implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly rounds: Rounds;

  constructor(
    private readonly known: Pick<KnownConnections, 'dueSweeps'>,
    private readonly sweeps: Pick<EventSweepsService, 'sweep'>,
    tickSeconds: number,
    private readonly startedAt: Date,
    log: Log,
  ) {
    this.rounds = new Rounds(
      tickSeconds * 1000,
      (goesOn) => this.round(goesOn),
      (error) => log.warn('sweep.interrupted', { willRetry: true, error }),
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

  private async round(goesOn: () => boolean): Promise<void> {
    const upSeconds = (Date.now() - this.startedAt.getTime()) / 1000;
    const due = [...(await this.known.dueSweeps(CONNECTIONS_PER_ROUND, upSeconds))];
    await Promise.all(Array.from({ length: AT_ONCE }, () => this.sweepAll(due, goesOn)));
  }

  private async sweepAll(due: ConnectionToSweep[], goesOn: () => boolean): Promise<void> {
    for (let next = due.shift(); next && goesOn(); next = due.shift()) await this.sweeps.sweep(next, goesOn);
  }
}
