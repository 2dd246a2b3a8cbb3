import { spawn, spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { removePostgres } from '@turnpike/local-postgres';
import { CHECKOUT, Start } from './npm-start.js';

/** `nobody`, which every system has: as ordinary as a user can be. */
const NOBODY = 65_534;
/** What a clone would not have, and what belongs to whoever works here. */
const NOT_COPIED = new Set(['.git', '.env', '.turnpike', '.nx', 'coverage', 'node_modules']);
const FIRST_START_MS = 60_000;

const isRoot = process.getuid?.() === 0;
if (!isRoot) process.stdout.write('NOT RUN: npm start as another user in a home of mode 0700. Only root can start it as somebody else.\n');

(isRoot ? describe : describe.skip)('npm start of an ordinary user, in a checkout that only that user may enter', () => {
  let place: string;
  let checkout: string;
  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), 'turnpike-home-'));
    await chmod(place, 0o755);
    const home = join(place, 'home');
    checkout = join(home, 'turnpike');
    await mkdir(checkout, { recursive: true });
    for (const name of readdirSync(CHECKOUT)) if (!NOT_COPIED.has(name)) run('cp', '-a', join(CHECKOUT, name), checkout);
    run('chown', '-R', `${NOBODY}:${NOBODY}`, home);
    copyPackages();
    await chown(home, NOBODY, NOBODY);
    await chmod(home, 0o700);
  }, 60_000);
  afterAll(async () => {
    await removePostgres(join(checkout, '.turnpike', 'postgres')).catch(() => undefined); // of a start that failed half-way
    await rm(place, { recursive: true, force: true });
  });

  it('works: it becomes ready, keeps everything in its own folder as its own, and ends at Ctrl-C', async () => {
    const kept = join(checkout, '.turnpike');
    const child = spawn('npm', ['start', '--', '--port', '0', '--quiet'], {
      cwd: checkout,
      detached: true,
      uid: NOBODY,
      gid: NOBODY,
      env: { PATH: process.env['PATH'], HOME: join(place, 'home'), CI: process.env['CI'] },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const start = new Start(child, kept);
    try {
      await start.until(() => start.url !== null || start.hasEnded, FIRST_START_MS);
      expect(start.output).toMatch(/Turnpike runs at http:/);
      expect(start.output).not.toMatch(/warning|deprecat|EACCES|permission denied/i);
      expect(await (await fetch(`${start.url}/readyz`)).json()).toMatchObject({ status: 'ready' });
      expect(lstatSync(join(kept, 'postgres', 'data', 'PG_VERSION')).uid).toBe(NOBODY);
      await start.controlC();
      expect(existsSync(join(kept, 'postgres', 'data', 'postmaster.pid'))).toBe(false);
      expect(ownersBelow(kept)).toEqual([NOBODY]);
    } finally {
      if (!start.hasEnded) await start.kill();
    }
  }, 120_000);

  /** As links to the same files, which take no time and no room; the folders are the user's own, as after `npm ci`. */
  function copyPackages(): void {
    const from = join(CHECKOUT, 'node_modules');
    const linked = spawnSync('cp', ['-al', from, checkout]);
    if (linked.status !== 0) run('cp', '-a', from, checkout); // the other file system of a temporary folder has no such links
    run('find', join(checkout, 'node_modules'), '-type', 'd', '-exec', 'chown', `${NOBODY}:${NOBODY}`, '{}', '+');
  }
});

function run(program: string, ...words: string[]): void {
  const { status, stderr } = spawnSync(program, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${words.join(' ')} failed: ${stderr}`);
}

function ownersBelow(folder: string): number[] {
  const owners = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => lstatSync(join(folder, name)).uid);
  return [...new Set(owners)];
}
