import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Jobs } from '@turnpike/jobs';
import { Database, KnownOrganizations, Log } from '@turnpike/service';
import { PlaceEndpoint } from './connection-work.js';
import { Connection } from './connection.entity.js';

const EVERY_MS = 3_600_000;
const AFTER_FAILURE_MS = 5_000;

/** At start and every hour: every endpoint is looked at, since our address may have changed, or somebody may have changed it at Stripe. */
@Injectable()
export class TendEndpoints implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | null = null;
  private isStopping = false;

  constructor(
    private readonly database: Database,
    private readonly organizations: KnownOrganizations,
    private readonly jobs: Jobs,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    // After this turn: the queues that it fills are made by other parts of the same start.
    this.next(0);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private next(afterMs: number): void {
    if (this.isStopping) return;
    this.timer = setTimeout(() => {
      this.running = this.run().then(
        () => this.next(EVERY_MS),
        (error: unknown) => {
          this.log.warn('connections.not-tended', { willRetry: true, error: error instanceof Error ? error : new Error(String(error)) });
          this.next(AFTER_FAILURE_MS);
        },
      );
    }, afterMs);
    this.timer.unref();
  }

  private async run(): Promise<void> {
    for (const organization of await this.organizations.list()) {
      await this.database.transaction(organization, async ({ em }) => {
        const connections = await em.find(Connection, { organization, status: { $in: ['verified', 'degraded'] } });
        for (const { environment, id } of connections)
          await this.jobs.enqueue(PlaceEndpoint, { organization, environment }, { connectionId: id, isRotation: false }, { key: id });
      });
    }
  }
}
