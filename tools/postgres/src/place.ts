import { randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, readFile, realpath, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Account, mayEnter } from './account.js';
import { ClusterLost, FolderNotOurs } from './errors.js';

/** Where the parts of one cluster lie. */
export interface Place {
  /** The folder asked for: it holds the log, the owner's note and, where possible, the cluster. */
  directory: string;
  /** The folder of the cluster: the one asked for, or one outside that PostgreSQL's account can enter. */
  root: string;
  data: string;
  password: string;
  log: string;
}

const POINTER = 'cluster-is-at';
/** The note of who may stop the server (owner.ts). */
export const OWNER = 'owner';

/** The folder asked for, made if missing, by its true name: one folder has one name, whatever link led to it. */
export async function openDirectory(directory: string): Promise<string> {
  await makeOpenFolder(directory);
  return await realpath(directory);
}

/** The place of a cluster that exists already, or null. @throws ClusterLost */
export async function findPlace(directory: string): Promise<Place | null> {
  const pointer = await readFile(join(directory, POINTER), 'utf8').catch(() => null);
  if (pointer !== null) {
    const place = placeIn(directory, pointer.trim());
    if (await exists(place.data)) return place;
    throw new ClusterLost(
      `${join(directory, POINTER)} says that the data lie in ${place.root}, and they are gone. Bring them back, or remove ${directory} to start clean.`,
    );
  }
  const place = placeIn(directory, directory);
  return (await exists(place.data)) ? place : null;
}

/** Where a new cluster will lie. */
export async function newPlace(directory: string, account: Account, outside: () => Promise<string>): Promise<Place> {
  if (mayEnter(account, directory)) return placeIn(directory, directory);
  const root = join(await outside(), `cluster-${randomBytes(8).toString('hex')}`);
  await mkdir(root, { mode: 0o755 });
  await chmod(root, 0o755);
  await writeFile(join(root, 'asked-for-in'), `${directory}\n`, { mode: 0o600 });
  return placeIn(directory, root);
}

/** Leaves word in the folder asked for when the cluster lies elsewhere: once it is whole, so that the pointer never leads nowhere. */
export async function pointTo(place: Place): Promise<void> {
  if (place.root !== place.directory) await writeFile(join(place.directory, POINTER), `${place.root}\n`);
}

/** Removes what is ours by name, and a folder only when nothing else is in it: it may be one that somebody named by mistake. */
export async function removePlace(directory: string, place: Place | null): Promise<void> {
  if (place && place.root !== directory) await rm(place.root, { recursive: true, force: true });
  for (const name of await readdir(directory)) {
    const isOurs = ['data', 'password', 'postgres.log', 'postgres.log.1', POINTER, OWNER].includes(name) || name.startsWith('draft-');
    if (isOurs) await rm(join(directory, name), { recursive: true, force: true });
  }
  await rmdir(directory).catch(() => undefined);
}

/**
 * A folder outside the checkout that the account can enter, ours alone to write in. Needed only by root, as everybody else's
 * PostgreSQL is the user itself. /var/lib stands first because data may stay here, and /var/tmp is swept by age on many systems.
 */
export async function folderOutside(
  account: Account,
  candidates: readonly string[] = ['/var/lib/turnpike', `/var/tmp/turnpike-${process.getuid?.() ?? 0}`],
): Promise<string> {
  for (const candidate of candidates) {
    const isMade = await makeOpenFolder(candidate).then(
      () => true,
      () => false,
    );
    if (!isMade || !mayEnter(account, candidate)) continue;
    const { uid, mode } = await lstat(candidate);
    // Anybody may make a folder in /var/tmp: programs are never run from one that somebody else may write in.
    if (uid === process.getuid?.() && (mode & 0o022) === 0) return await realpath(candidate);
  }
  throw new FolderNotOurs(
    `PostgreSQL's user cannot enter the folder asked for, and none of ${candidates.join(', ')} can be used instead. ` +
      `Make one of them, owned by root with mode 0755, or move the checkout, or set DATABASE_URL.`,
  );
}

function placeIn(directory: string, root: string): Place {
  return { directory, root, data: join(root, 'data'), password: join(root, 'password'), log: join(directory, 'postgres.log') };
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null)) !== null;
}

/** A folder made if it is missing, open to be read by all: what lies in it says itself who may read it. */
export async function makeOpenFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined || process.platform === 'win32') return;
  // Under a strict umask the folders that we made would shut out the account that PostgreSQL runs as.
  for (let made = folder; made.startsWith(first); made = dirname(made)) await chmod(made, 0o755);
}
