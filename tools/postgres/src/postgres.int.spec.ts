import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { accountFor } from './account.js';
import { isRunning, removePostgres, startPostgres } from './postgres.js';
import {
  aFreePort,
  ask,
  child,
  endChildren,
  eventually,
  keep,
  kept,
  listening,
  processesOf,
  spawnOwner,
  startOwner,
} from './testing/owner.js';

let folder = '';
let directory = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'turnpike-postgres-spec-'));
  // PostgreSQL steps down from root; what lies in a folder of mode 0700, as mkdtemp makes it, it could not reach.
  await chmod(folder, 0o755);
});

afterEach(async () => {
  endChildren();
  if (existsSync(directory)) await eventually(() => removePostgres(directory));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a local PostgreSQL', () => {
  it('resumes its data after a stop, which leaves no process behind', async () => {
    directory = join(folder, 'resumed');
    const first = await startPostgres({ directory });
    await keep(first, 'from the first run');
    expect(await isRunning(directory)).toBe(true);
    await first.stop();
    expect(await isRunning(directory)).toBe(false);
    expect(processesOf(directory)).toEqual([]);
    const second = await startPostgres({ directory });
    expect(second.pid).not.toBe(first.pid);
    expect(await kept(second)).toEqual(['from the first run']);
    await second.stop('immediate');
    await second.stop();
    expect(processesOf(directory)).toEqual([]);
  });

  it('is durable, has room for many services, counts in UTC and listens on this machine only', async () => {
    directory = join(folder, 'settings');
    const postgres = await startPostgres({ directory, settings: { work_mem: '8MB' } });
    const rows = await ask(postgres.adminUrl, `SELECT name, setting FROM pg_settings WHERE source = 'command line'`);
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toMatchObject({
      fsync: 'on',
      synchronous_commit: 'on',
      max_connections: '200',
      max_locks_per_transaction: '512',
      max_prepared_transactions: '8',
      TimeZone: 'UTC',
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      work_mem: '8192',
    });
    const [database] = await ask(
      postgres.adminUrl,
      `SELECT pg_encoding_to_char(encoding) AS encoding, datcollate FROM pg_database WHERE datname = 'template1'`,
    );
    expect(database).toEqual({ encoding: 'UTF8', datcollate: 'C' });
    await postgres.stop();
  });

  it('lets nobody in without its password, which only its owner may read', async () => {
    directory = join(folder, 'locked');
    const postgres = await startPostgres({ directory });
    expect((await stat(join(directory, 'password'))).mode & 0o777).toBe(0o600);
    await expect(ask(postgres.adminUrl.replace(/:[^:@]+@/, ':guess@'), 'SELECT 1')).rejects.toThrow('password authentication failed');
    await postgres.stop();
  });

  it.each(['the owner', 'its whole process group'])(
    'survives SIGKILL of %s, and the next start takes it over with its data',
    async (victim) => {
      directory = join(folder, `orphan-${victim.length}`);
      const owner = await startOwner(directory);
      await ask(owner.adminUrl, `CREATE TABLE kept (line text); INSERT INTO kept VALUES ('from the owner who died')`);
      process.kill(victim === 'the owner' ? owner.pid : -owner.pid, 'SIGKILL');
      await once(owner.child, 'exit');
      expect(await isRunning(directory)).toBe(true);
      const told: string[] = [];
      const next = await startPostgres({ directory, log: (sentence) => told.push(sentence) });
      expect(next.adminUrl).toBe(owner.adminUrl);
      expect(told).toEqual([expect.stringContaining('taken over')]);
      expect(await kept(next)).toEqual(['from the owner who died']);
      await next.stop();
      expect(processesOf(directory)).toEqual([]);
    },
  );

  it('that was left behind with other settings or on another port is started anew, with its data', async () => {
    directory = join(folder, 'changed');
    const owner = await startOwner(directory);
    await ask(owner.adminUrl, `CREATE TABLE kept (line text); INSERT INTO kept VALUES ('before the change')`);
    process.kill(owner.pid, 'SIGKILL');
    await once(owner.child, 'exit');
    const port = await aFreePort();
    const next = await startPostgres({ directory, port, settings: { max_connections: '50' } });
    expect(next.port).toBe(port);
    expect(await ask(next.adminUrl, 'SHOW max_connections')).toEqual([{ max_connections: '50' }]);
    expect(await kept(next)).toEqual(['before the change']);
    await next.stop();
  });

  it('belongs to one owner at a time', async () => {
    directory = join(folder, 'owned');
    const owner = await startOwner(directory);
    await expect(startPostgres({ directory })).rejects.toThrow(`belongs to process ${owner.pid}, which is still running`);
    await expect(removePostgres(directory)).rejects.toThrow(`belongs to process ${owner.pid}`);
    process.kill(owner.pid, 'SIGTERM');
    const [status] = await once(owner.child, 'exit');
    expect(status).toBe(0);
    expect(processesOf(directory)).toEqual([]);
  });

  it('is stopped also by an owner that is told to stop before it has started', async () => {
    directory = join(folder, 'hasty');
    const owner = spawnOwner(directory);
    // By then it has claimed the folder, and its cluster is being made.
    await eventually(async () => expect(existsSync(join(directory, 'owner'))).toBe(true));
    owner.kill('SIGTERM');
    expect(await once(owner, 'exit')).toEqual([0, null]);
    expect(existsSync(join(directory, 'data'))).toBe(true);
    expect(processesOf(directory)).toEqual([]);
  });

  it('keeps what was committed when it is killed in the middle of a long query', async () => {
    directory = join(folder, 'killed');
    const first = await startPostgres({ directory });
    await keep(first, 'committed');
    // A query that never waits does not notice by itself that its server has gone.
    const busy = ask(first.adminUrl, 'SELECT count(*) FROM generate_series(1, 1000000000000) a WHERE a % 7 = 0').catch(
      (error: Error) => error.message,
    );
    await eventually(async () => {
      const [row] = await ask(
        first.adminUrl,
        `SELECT count(*) AS busy FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%generate_series%'`,
      );
      expect(Number(row?.busy)).toBeGreaterThanOrEqual(2);
    });
    process.kill(first.pid, 'SIGKILL');
    const second = await startPostgres({ directory });
    expect(await busy).toContain('terminated unexpectedly');
    expect(await kept(second)).toEqual(['committed']);
    await second.kill();
    expect(processesOf(directory)).toEqual([]);
    const third = await startPostgres({ directory });
    expect(await kept(third)).toEqual(['committed']);
    await third.stop();
  });

  it('is not kept from starting by a note whose number now belongs to a stranger', async () => {
    directory = join(folder, 'stranger');
    const first = await startPostgres({ directory });
    await keep(first, 'before the machine went down');
    const note = readFileSync(join(directory, 'data', 'postmaster.pid'), 'utf8');
    await first.kill();
    const stranger = child(spawn('sleep', ['600'], { stdio: 'ignore', ...accountFor(join(directory, 'data')) }));
    await once(stranger, 'spawn');
    await writeFile(join(directory, 'data', 'postmaster.pid'), note.replace(/^\d+/, String(stranger.pid)));
    expect(await isRunning(directory)).toBe(false);
    const second = await startPostgres({ directory });
    expect(await kept(second)).toEqual(['before the machine went down']);
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    await second.stop();
  });

  it('refuses a port that another process has, by its number', async () => {
    directory = join(folder, 'taken');
    const server = createServer();
    const port = await listening(server);
    await expect(startPostgres({ directory, port })).rejects.toThrow(`Port ${port} on 127.0.0.1 is taken by another process`);
    server.close();
    // What was refused holds no claim.
    const postgres = await startPostgres({ directory, port });
    expect(postgres.port).toBe(port);
    await postgres.stop();
  });

  it('refuses data of another version, and says what to do', async () => {
    directory = join(folder, 'older');
    await (await startPostgres({ directory })).stop();
    await writeFile(join(directory, 'data', 'PG_VERSION'), '15\n');
    await expect(startPostgres({ directory })).rejects.toThrow(
      /were written by PostgreSQL 15, and this is PostgreSQL \d+.*Dump them with PostgreSQL 15/,
    );
  });

  it('says what its own log says when a setting is wrong', async () => {
    directory = join(folder, 'wrong');
    await expect(startPostgres({ directory, settings: { shared_buffers: 'plenty' } })).rejects.toThrow(
      /postgres\.log.*invalid value for parameter "shared_buffers"/s,
    );
  });

  it('makes its cluster anew when the first attempt was interrupted', async () => {
    directory = join(folder, 'interrupted');
    await mkdir(join(directory, 'draft-0123'), { recursive: true });
    await writeFile(join(directory, 'draft-0123', 'PG_VERSION'), '18\n');
    const postgres = await startPostgres({ directory });
    expect(readdirSync(directory).filter((name) => name.startsWith('draft'))).toEqual([]);
    await postgres.stop();
  });
});
