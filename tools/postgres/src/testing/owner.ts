import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import type { LocalPostgres } from '../postgres.js';
import { leftBehind } from '../postmaster.js';

export const ROOT = resolve(import.meta.dirname, '../../../..');

export async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const result = await client.query(sql);
    return result.rows ?? [];
  } finally {
    await client.end().catch(() => undefined);
  }
}

export async function keep({ adminUrl }: LocalPostgres, line: string): Promise<void> {
  await ask(adminUrl, `CREATE TABLE IF NOT EXISTS kept (line text); INSERT INTO kept VALUES ('${line}')`);
}

export async function kept({ adminUrl }: LocalPostgres): Promise<unknown[]> {
  return (await ask(adminUrl, 'SELECT line FROM kept')).map(({ line }) => line);
}

const children: ChildProcess[] = [];

/** Remembers a process of a test, so that it ends with the test. */
export function child<T extends ChildProcess>(started: T): T {
  children.push(started);
  return started;
}

export function endChildren(): void {
  for (const started of children.splice(0)) killGroup(started);
}

/** An owner that is a process of its own, in a process group of its own. */
export function spawnOwner(at: string, user: { uid: number; gid: number } | null = null) {
  const args = ['--conditions=@turnpike/source', '--import', './tools/loader.mjs', 'tools/postgres/src/main.ts', '--directory', at];
  return child(spawn(process.execPath, args, { cwd: ROOT, detached: true, stdio: ['ignore', 'pipe', 'inherit'], ...user }));
}

/** The same, resolving once its PostgreSQL is ready. */
export async function startOwner(
  at: string,
  user: { uid: number; gid: number } | null = null,
): Promise<{ child: ChildProcess; pid: number; adminUrl: string }> {
  const owner = spawnOwner(at, user);
  const [said] = await once(owner.stdout, 'data');
  const adminUrl = /^DATABASE_URL=(.*)\n$/.exec(String(said))?.[1] ?? '';
  return { child: owner, pid: owner.pid ?? 0, adminUrl };
}

function killGroup({ pid }: ChildProcess): void {
  for (const target of [-(pid ?? 0), pid ?? 0]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // gone, or not the first of a group
    }
  }
}

/** All processes of the server of that folder, the postmaster included. */
export function processesOf(at: string): number[] {
  const data = join(at, 'data');
  const masters = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && commandOf(name).includes(`-D\0${data}\0`));
  return [...masters.map(Number), ...leftBehind(data)];
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

export async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return address && typeof address === 'object' ? address.port : 0;
}

export async function aFreePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  server.close();
  await once(server, 'close');
  return port;
}

export async function eventually(attempt: () => Promise<unknown>): Promise<void> {
  for (const end = Date.now() + 20_000; ; await delay(100)) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}
