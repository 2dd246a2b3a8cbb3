import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from './errors.js';

/** What postmaster.pid says of the server that wrote it; it may long be gone. */
export interface PostmasterNote {
  pid: number;
  port: number;
}

export async function readPostmasterNote(data: string): Promise<PostmasterNote | null> {
  const lines = (await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  const pid = Number.parseInt(lines[0] ?? '', 10);
  const port = Number.parseInt(lines[3] ?? '', 10);
  return pid > 0 ? { pid, port: port > 0 ? port : 0 } : null;
}

/** The command line that wrote postmaster.pid, as PostgreSQL keeps it. */
export async function readCommandLine(data: string): Promise<string> {
  return (await readFile(join(data, 'postmaster.opts'), 'utf8').catch(() => '')).trim();
}

export function commandLineOf(program: string, args: readonly string[]): string {
  return [program, ...args.map((arg) => `"${arg}"`)].join(' ');
}

/** 'unknown' where the system does not tell us (Windows): then only an answer on the port decides. */
export type Whose = 'ours' | 'another' | 'unknown' | 'gone';

/**
 * Whose the process with that id is. Numbers are given again after a restart of the machine, and a dead child whose parent never
 * asks for it keeps its number: so the number alone proves nothing, the command line does.
 */
export function whoseIs(pid: number, data: string): Whose {
  if (!mayExist(pid)) return 'gone';
  if (process.platform === 'win32') return 'unknown';
  const line = commandOf(pid);
  if (line.trim() === '' || line.includes('<defunct>')) return 'gone';
  return line.includes('postgres') && line.includes(data) ? 'ours' : 'another';
}

/** The name in the titles of all the cluster's processes (PostgreSQL's cluster_name), to tell them from those of other clusters. */
export function clusterNameOf(data: string): string {
  return `turnpike-${createHash('sha256').update(data).digest('hex').slice(0, 12)}`;
}

/**
 * Processes of the cluster that outlived their postmaster. One that is deep in a long query notices only at its end, and until
 * then it must not meet a new server on the same files.
 */
export function leftBehind(data: string): number[] {
  if (process.platform === 'win32') return [];
  const title = `postgres: ${clusterNameOf(data)}:`;
  return allCommands()
    .filter(({ command }) => command.startsWith(title))
    .map(({ pid }) => pid);
}

export async function untilGone(isGone: () => boolean, seconds: number): Promise<boolean> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await delay(20)) if (isGone()) return true;
  return isGone();
}

/** Sends the signal if there is still somebody to get it. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}

function mayExist(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Everybody may read these, in containers too; who a process runs as or where it stands, not everybody may. */
function commandOf(pid: number): string {
  if (process.platform === 'linux') {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    } catch {
      return '';
    }
  }
  return spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '';
}

function allCommands(): { pid: number; command: string }[] {
  if (process.platform === 'linux') {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => ({ pid: Number(name), command: commandOf(Number(name)) }));
  }
  const { stdout } = spawnSync('ps', ['-axww', '-o', 'pid=,command='], { encoding: 'utf8' });
  return (stdout ?? '').split('\n').map((line) => ({ pid: Number.parseInt(line, 10), command: line.replace(/^\s*\d+\s+/, '') }));
}
