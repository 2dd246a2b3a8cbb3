import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { startKafka, type LocalKafka } from '@turnpike/local-kafka';
import { CountingWorld } from '@turnpike/testing';
import { newFolder, OwnPostgres } from './own-postgres.js';

/** Own servers for the counting writers and readers of the testing library: one world after the other. */
export class CountingStage {
  private world: CountingWorld | null = null;

  private constructor(
    private readonly folder: string,
    private readonly postgres: OwnPostgres,
    readonly kafka: LocalKafka,
  ) {}

  static async open(): Promise<CountingStage> {
    const folder = newFolder();
    const postgres = await OwnPostgres.start(join(folder, 'postgres'));
    // Where the testing library finds it, as in a test run.
    process.env['TEST_DATABASE_URL'] = postgres.adminUrl;
    return new CountingStage(folder, postgres, await startKafka({ directory: join(folder, 'kafka') }));
  }

  /** Empty databases and empty topics; what was there before has ended. */
  async newWorld(): Promise<CountingWorld> {
    await this.world?.close();
    return (this.world = await CountingWorld.open('kafka', this.kafka.brokers));
  }

  async close(): Promise<void> {
    await this.world?.close().catch(() => undefined); // the servers are removed right after
    await this.kafka.stop();
    await this.postgres.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
