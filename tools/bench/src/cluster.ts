import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removePostgres, startPostgres, type LocalPostgres } from '@turnpike/local-postgres';
import { openPool, provision, type DatabasePlan, type PostgresPool, type ProvisionedDatabase } from '@turnpike/service';
import { CORES, cpuMsOf, pin } from './machine.js';

/** The PostgreSQL that all systems of a benchmark share, each with databases of its own. fsync is on, as tools/postgres has it. */
export class Cluster {
  private readonly pools = new Map<string, PostgresPool>();
  private readonly passwords = randomBytes(18).toString('base64url');

  private constructor(
    private readonly postgres: LocalPostgres,
    private readonly folder: string,
    readonly version: string,
  ) {}

  static async start({ isPinned = true } = {}): Promise<Cluster> {
    const folder = mkdtempSync(join(tmpdir(), 'turnpike-bench-'));
    // Room for a run without a forced checkpoint in its middle: which system it would hit is chance.
    const postgres = await startPostgres({
      directory: folder,
      settings: { max_wal_size: '8GB', checkpoint_timeout: '30min', shared_buffers: '512MB' },
    });
    if (isPinned) pin(postgres.pid, CORES.measured);
    const admin = openPool({ url: postgres.adminUrl, name: 'bench', size: 1, onError: () => undefined });
    const { rows } = await admin.query<{ server_version: string }>('show server_version');
    await admin.end();
    return new Cluster(postgres, folder, rows[0]?.server_version ?? 'unknown');
  }

  /** A service's database under a name of this system's own. */
  provision(plan: DatabasePlan, system: string): Promise<ProvisionedDatabase> {
    return provision(plan, {
      adminUrl: this.postgres.adminUrl,
      passwordOf: (role) => `${role}-${this.passwords}`,
      databasePrefix: `${system}_`,
    });
  }

  /** An empty database. @returns the administrator's URL of it */
  async create(name: string): Promise<string> {
    await this.inside('postgres').query(`create database "${name}"`);
    return this.urlOf(name);
  }

  /** The administrator's look into a database. */
  inside(name: string): PostgresPool {
    const known = this.pools.get(name);
    if (known) return known;
    const pool = openPool({ url: this.urlOf(name), name: 'bench', size: 1, onError: () => undefined });
    this.pools.set(name, pool);
    return pool;
  }

  async number(name: string, query: string, parameters: unknown[] = []): Promise<number> {
    const { rows } = await this.inside(name).query<{ n: string }>(query, parameters);
    return Number(rows[0]?.n ?? 0);
  }

  /**
   * Gathers the planner's statistics in every database, as autovacuum does within a minute of a table's first rows: whom it has reached
   * when a run begins would be chance.
   */
  async analyze(): Promise<void> {
    const { rows } = await this.inside('postgres').query<{ datname: string }>(
      'select datname from pg_database where datallowconn and not datistemplate',
    );
    for (const { datname } of rows) await this.inside(datname).query('analyze');
  }

  /** Writes out what earlier runs left dirty, so that it is not paid for by the next. */
  async checkpoint(): Promise<void> {
    await this.inside('postgres').query('checkpoint');
  }

  cpuMsWith(service: number): number {
    return cpuMsOf([this.postgres.pid, service]);
  }

  async stop(): Promise<void> {
    for (const pool of this.pools.values()) await pool.end();
    await this.postgres.stop();
    await removePostgres(this.folder);
  }

  private urlOf(name: string): string {
    const url = new URL(this.postgres.adminUrl);
    url.pathname = `/${name}`;
    return url.href;
  }
}

export async function until(what: string, isSo: () => Promise<boolean>, options: { everyMs: number; withinMs: number }): Promise<void> {
  const end = Date.now() + options.withinMs;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`Waited ${options.withinMs / 1000} s in vain: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, options.everyMs));
  }
}
