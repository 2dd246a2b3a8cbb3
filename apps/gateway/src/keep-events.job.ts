import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Database, Log } from '@turnpike/service';

const EVERY_MS = 60 * 60 * 1000;
/** A call drops four partitions; after a year asleep there are some hundred. */
const MOST_CALLS = 200;

/** Makes the partitions of the days to come and drops those whose time is over: at start, and every hour. */
export class KeepEvents implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly log: Log,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.run();
    this.timer = setInterval(() => void this.run(), EVERY_MS);
    this.timer.unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** @returns how many partitions were dropped */
  async run(): Promise<number> {
    let dropped = 0;
    try {
      for (let calls = 0; calls < MOST_CALLS; calls++) {
        const inOneCall = await this.keep();
        if (inOneCall === 0) break;
        dropped += inOneCall;
      }
      if (dropped > 0) this.log.info('gateway.partitions.dropped', { dropped });
    } catch (error) {
      // Without a partition of today the default one takes the rows: nothing is lost, and the next hour tries again.
      this.log.warn('gateway.partitions.not-kept', { willRetry: true, error: error instanceof Error ? error : new Error(String(error)) });
    }
    return dropped;
  }

  private async keep(): Promise<number> {
    const rows = await this.database.orm.em.fork().execute<{ dropped: number }[]>('select turnpike_keep_stripe_events() as dropped');
    return rows[0]?.dropped ?? 0;
  }
}
