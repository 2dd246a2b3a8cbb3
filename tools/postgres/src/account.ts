import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { AccountMissing, FolderNotOurs } from './errors.js';

/** Who PostgreSQL runs as: null is whoever we are, else the numbers to step down to from root. */
export type Account = { uid: number; gid: number } | null;

/** In this order: the user made for it, then the user that every Unix has. PostgreSQL insists on one with a name. */
const CANDIDATES = ['postgres', '_postgres', 'nobody'];

/**
 * PostgreSQL refuses to run as root, so root steps down. Existing data decide by their owner, as PostgreSQL opens only its own.
 * @param data the data folder, if it exists already
 * @throws AccountMissing, FolderNotOurs
 */
export function accountFor(data: string | null): Account {
  const us = process.getuid?.();
  if (us === undefined) return null; // Windows has no such thing
  if (data !== null) {
    const { uid, gid } = statSync(data);
    if (us === uid && us !== 0) return null;
    if (uid === 0) throw new AccountMissing(`the data in ${data} belong to root`);
    if (us === 0) return { uid, gid };
    throw new FolderNotOurs(
      `The data in ${data} belong to user ${uid}, and we are user ${us}. Start as that user, or choose another folder.`,
    );
  }
  if (us !== 0) return null;
  for (const name of CANDIDATES) {
    const uid = numberOf(name, '-u');
    const gid = numberOf(name, '-g');
    if (uid !== null && gid !== null && uid !== 0) return { uid, gid };
  }
  throw new AccountMissing(`there is no user "${CANDIDATES.join('", "')}" to step down to`);
}

/** Whether that account may enter the folder: every folder above it must let it through. */
export function mayEnter(account: Account, folder: string): boolean {
  if (account === null) return true;
  return spawnSync('/bin/sh', ['-c', 'cd -- "$0"', folder], { ...account, cwd: '/', stdio: 'ignore' }).status === 0;
}

function numberOf(name: string, flag: '-u' | '-g'): number | null {
  const { status, stdout } = spawnSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const number = Number.parseInt(stdout ?? '', 10);
  return status === 0 && Number.isInteger(number) && number > 0 ? number : null;
}
