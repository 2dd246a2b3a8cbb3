import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OwnedByAnother } from './errors.js';
import { OWNER } from './place.js';

/**
 * Notes in the folder that its PostgreSQL is ours to stop. A note of a process that has died is taken over; one of a process
 * that lives is respected, as two owners would stop each other's server.
 * @throws OwnedByAnother
 */
export async function claim(directory: string): Promise<void> {
  const file = join(directory, OWNER);
  for (;;) {
    const isMade = await writeFile(file, noteOf(process.pid), { flag: 'wx' }).then(
      () => true,
      () => false,
    );
    if (isMade) return;
    const note = await readFile(file, 'utf8').catch(() => null);
    if (note === null) continue;
    const pid = Number.parseInt(note, 10);
    if (pid === process.pid && note === noteOf(pid)) return;
    if (pid > 0 && note === noteOf(pid)) throw new OwnedByAnother(directory, pid);
    await rm(file, { force: true });
  }
}

/** Takes our note away; somebody else's stays. */
export async function release(directory: string): Promise<void> {
  const file = join(directory, OWNER);
  if ((await readFile(file, 'utf8').catch(() => null)) === noteOf(process.pid)) await rm(file, { force: true });
}

/** The number and when it was given: the number alone comes again. */
function noteOf(pid: number): string {
  return `${pid} ${startOf(pid)}\n`;
}

function startOf(pid: number): string {
  if (process.platform === 'linux') {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // After the name, which may hold spaces and brackets: state is field 3, the start in ticks since boot field 22.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' ? 'dead' : `${bootId()} ${fields[19] ?? ''}`;
    } catch {
      return 'dead';
    }
  }
  if (process.platform === 'win32') return 'unknown';
  return spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim() || 'dead';
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}
