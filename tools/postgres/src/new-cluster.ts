import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Account } from './account.js';
import type { Binaries } from './binaries.js';
import { StartFailed } from './errors.js';
import { type Place, pointTo } from './place.js';

/**
 * Makes an empty cluster (UTF-8, order by bytes, passwords by SCRAM). It is drafted beside and renamed at the end, so that one
 * that was interrupted is never taken for whole.
 * @returns the administrator's password
 */
export async function makeCluster(binaries: Binaries, account: Account, place: Place): Promise<void> {
  await removeDrafts(place.root);
  const draft = join(place.root, `draft-${randomBytes(6).toString('hex')}`);
  const passwordFile = `${draft}.password`;
  const password = randomBytes(24).toString('base64url');
  await mkdir(draft, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account) for (const path of [draft, passwordFile]) await chown(path, account.uid, account.gid);
  try {
    await initdb(binaries, account, draft, passwordFile);
    await writeFile(place.password, password, { mode: 0o600 });
    await chmod(place.password, 0o600);
    await rename(draft, place.data);
    await pointTo(place);
  } finally {
    await rm(passwordFile, { force: true });
    await rm(draft, { recursive: true, force: true });
  }
}

async function initdb(binaries: Binaries, account: Account, data: string, passwordFile: string): Promise<void> {
  const child = spawn(
    binaries.initdb,
    [
      `--pgdata=${data}`,
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-instructions',
    ],
    // A process group of its own: Ctrl-C in a terminal is for us, who end what we began.
    { ...account, cwd: dirname(data), env: surroundings(), detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const [said, complained, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (status !== 0) throw new StartFailed('initdb', complained || said, null);
}

/** What PostgreSQL sees of our environment: not PGDATA and its like, and its messages in English, as we read them. */
export function surroundings(): NodeJS.ProcessEnv {
  const { PATH, SystemRoot, TEMP } = process.env;
  return { PATH, LC_ALL: 'C', ...(process.platform === 'win32' ? { SystemRoot, TEMP } : {}) };
}

async function removeDrafts(root: string): Promise<void> {
  for (const name of await readdir(root)) if (name.startsWith('draft-')) await rm(join(root, name), { recursive: true, force: true });
}
