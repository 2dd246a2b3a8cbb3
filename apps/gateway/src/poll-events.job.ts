import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Log } from '@turnpike/service';
import type { EventPollsService } from './event-polls.service.js';
import type { ConnectionRow, KnownConnections } from './known-connections.service.js';

const CONNECTIONS_PER_ROUND = 200;
/** Each holds a connection of the database while it stores a page. */
const AT_ONCE = 3;

/** Every few seconds: asks Stripe for the events of connections that no webhook tells of. */
export class PollEvents implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> | null = null;
  private isWoken = false;
  private isStopping = false;

  constructor(
    private readonly known: Pick<KnownConnections, 'duePolls'>,
    private readonly polls: Pick<EventPollsService, 'poll'>,
    private readonly everySeconds: number,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.wake(), this.everySeconds * 1000);
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
        const due = [...(await this.known.duePolls(CONNECTIONS_PER_ROUND))];
        await Promise.all(Array.from({ length: AT_ONCE }, () => this.pollAll(due)));
      } while (this.isWoken && !this.isStopping);
    } catch (error) {
      this.log.warn('poll.interrupted', { willRetry: true, error: error instanceof Error ? error : new Error(String(error)) });
    } finally {
      this.working = null;
    }
  }

  private async pollAll(due: ConnectionRow[]): Promise<void> {
    for (let next = due.shift(); next && !this.isStopping; next = due.shift()) await this.polls.poll(next, () => !this.isStopping);
  }
}
