import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removePostgres, startPostgres, type LocalPostgres } from '@turnpike/local-postgres';
import { openSession } from '@turnpike/service';

/** Of this run alone, and open to PostgreSQL's own account. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'turnpike-faults-'));
  chmodSync(folder, 0o755);
  return folder;
}

/** Nothing else of a fault's outlives us: services and Kafka end with our end of their channel. */
const running = new Set<OwnPostgres>();

/** For whoever breaks the benchmark off. */
export async function stopEveryPostgres(): Promise<void> {
  await Promise.allSettled([...running].map((one) => one.stop()));
}

/** A PostgreSQL that may be broken: what comes back has the same port and the same data. */
export class OwnPostgres {
  private constructor(
    readonly directory: string,
    private readonly settings: Readonly<Record<string, string>>,
    private server: LocalPostgres,
  ) {
    running.add(this);
  }

  /** @param directory one that PostgreSQL's own account may enter */
  static async start(directory: string, settings: Readonly<Record<string, string>> = {}, port?: number): Promise<OwnPostgres> {
    return new OwnPostgres(directory, settings, await startPostgres({ directory, settings, port }));
  }

  get adminUrl(): string {
    return this.server.adminUrl;
  }

  get pid(): number {
    return this.server.pid;
  }

  get port(): number {
    return this.server.port;
  }

  /** As `pg_ctl stop -m immediate`: nothing is written, what comes next recovers. */
  async crash(): Promise<void> {
    await this.server.stop('immediate');
  }

  /** Resolves when it answers again. */
  async comeBack(): Promise<void> {
    this.server = await startPostgres({ directory: this.directory, port: this.server.port, settings: this.settings });
  }

  /** Whether it takes a query. */
  async answers(): Promise<boolean> {
    const session = await openSession({ url: this.adminUrl, name: 'bench', idleSeconds: 0, onEnd: () => undefined }).catch(() => null);
    await session?.end().catch(() => undefined);
    return session !== null;
  }

  /** Stops it, has its write-ahead log lie elsewhere, and starts it again. @param folder is made; on another file system, as it may be */
  async moveLogTo(folder: string): Promise<void> {
    const log = join(this.directory, 'data', 'pg_wal');
    await this.server.stop('fast');
    const { status, stderr } = spawnSync('sh', ['-c', 'cp -a "$0" "$1" && rm -r "$0" && ln -s "$1" "$0"', log, folder], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`The log could not be moved: ${stderr}`);
    await this.comeBack();
  }

  /** A standby becomes a primary; resolves when it takes writes. */
  async promote(): Promise<void> {
    const session = await openSession({ url: this.adminUrl, name: 'bench', idleSeconds: 0, onEnd: () => undefined });
    const { rows } = await session.query<{ promoted: boolean }>('select pg_promote(true, 60) as promoted');
    await session.end();
    if (!rows[0]?.promoted) throw new Error('The standby was not promoted within 60 s.');
  }

  async stop(): Promise<void> {
    await this.server.stop('fast');
    await this.remove();
  }

  /** Its data, when it does not run any more. */
  async remove(): Promise<void> {
    running.delete(this);
    await removePostgres(this.directory);
  }
}
