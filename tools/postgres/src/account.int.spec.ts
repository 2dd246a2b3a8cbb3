import { once } from 'node:events';
import { chownSync, existsSync, readdirSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { accountFor, mayEnter } from './account.js';
import { packagedFolder } from './binaries.js';
import { isRunning, removePostgres, startPostgres } from './postgres.js';
import { leftBehind } from './postmaster.js';
import { ask, endChildren, eventually, keep, kept, ROOT, startOwner } from './testing/owner.js';

/** Only root has to step down to another user, and only root can play one. */
const asRoot = process.getuid?.() === 0 ? it : it.skip;
let folder = '';
let directory = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'turnpike-postgres-spec-'));
  // As mkdtemp makes it, root's PostgreSQL could not enter, which only some of these tests are about.
  await chmod(folder, 0o755);
});

afterEach(async () => {
  endChildren();
  if (existsSync(directory)) await eventually(() => removePostgres(directory));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a PostgreSQL started by root', () => {
  asRoot('works in a home that only root may enter, programs, data and all', async () => {
    const home = join(folder, 'home');
    const outside = join(folder, 'outside');
    await mkdir(home, { mode: 0o700 });
    directory = join(home, 'checkout', '.turnpike');
    const programs = join(home, 'package', 'native');
    await cp(packagedFolder(), programs, { recursive: true, verbatimSymlinks: true });
    await cp(join(packagedFolder(), '..', 'package.json'), join(home, 'package', 'package.json'));
    // As after an install that ran no scripts: then the package's links are missing.
    for (const name of ['libpq.so.5', 'libicuuc.so.60', 'libicui18n.so.60', 'libicudata.so.60'])
      await unlink(join(programs, 'lib', name)).catch(() => undefined);

    const first = await startPostgres({ directory, programs, outside: [outside] });
    await keep(first, 'reached');
    const data = (await ask(first.adminUrl, 'SHOW data_directory'))[0]?.data_directory;
    expect(data).toMatch(new RegExp(`^${outside}/cluster-`));
    await first.stop();

    const second = await startPostgres({ directory, programs, outside: [outside] });
    expect(await kept(second)).toEqual(['reached']);
    await writeFile(join(directory, 'notes.txt'), 'mine');
    await removePostgres(directory);
    expect(readdirSync(directory)).toEqual(['notes.txt']);
    expect(leftBehind(String(data))).toEqual([]);
    expect(readdirSync(outside).map((name) => name.replace(/-.*/, ''))).toEqual(['postgres']);
  });

  asRoot('says where its data should be when they have gone from outside', async () => {
    const home = join(folder, 'robbed');
    const outside = join(folder, 'outside-robbed');
    await mkdir(home, { mode: 0o700 });
    directory = join(home, '.turnpike');
    await (await startPostgres({ directory, outside: [outside] })).stop();
    const root = (await readFile(join(directory, 'cluster-is-at'), 'utf8')).trim();
    await rm(root, { recursive: true });
    await expect(startPostgres({ directory, outside: [outside] })).rejects.toThrow(`says that the data lie in ${root}, and they are gone`);
    expect(await isRunning(directory)).toBe(false);
  });

  asRoot('says who can no longer enter when its folder was shut', async () => {
    const home = join(folder, 'open');
    directory = join(home, '.turnpike');
    await (await startPostgres({ directory })).stop();
    await chmod(home, 0o700);
    await expect(startPostgres({ directory })).rejects.toThrow(`can no longer enter ${directory}, where its data lie`);
  });

  asRoot('runs no program from a folder that somebody else may write in', async () => {
    const home = join(folder, 'shut');
    const outside = join(folder, 'anybodys');
    await mkdir(home, { mode: 0o700 });
    await mkdir(outside);
    await chmod(outside, 0o777);
    directory = join(home, '.turnpike');
    await expect(startPostgres({ directory, outside: [outside] })).rejects.toThrow(`none of ${outside} can be used instead`);
  });

  asRoot('takes over from an ordinary user, as that user', async () => {
    const user = accountFor(null);
    if (!user || !mayEnter(user, ROOT)) return;
    directory = join(folder, 'ordinary');
    await mkdir(directory);
    chownSync(directory, user.uid, user.gid);
    const owner = await startOwner(directory, user);
    await ask(owner.adminUrl, `CREATE TABLE kept (line text)`);
    expect((await stat(join(directory, 'data'))).uid).toBe(user.uid);
    process.kill(owner.pid, 'SIGTERM');
    const [status] = await once(owner.child, 'exit');
    expect(status).toBe(0);
    // Root takes over as the user whose data they are.
    const next = await startPostgres({ directory });
    expect(await kept(next)).toEqual([]);
    await next.stop();
  });
});
