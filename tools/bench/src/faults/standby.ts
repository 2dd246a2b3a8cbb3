import { cp, chown, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { openPool, openSession } from '@turnpike/service';
import { until } from '@turnpike/testing';
import { OwnPostgres } from './own-postgres.js';

const KEEP_WAL = { wal_keep_size: '1GB' };

/**
 * A synchronous standby of a running server: what is committed there from now on is durable here, too. The embedded programs have no
 * pg_basebackup; this is what it does.
 */
export async function standbyOf(primary: OwnPostgres, directory: string): Promise<OwnPostgres> {
  const [from, to] = [join(primary.directory, 'data'), join(directory, 'data')];
  await mkdir(directory, { mode: 0o755 });
  await cp(join(primary.directory, 'password'), join(directory, 'password'));
  // The backup lasts as long as its session.
  const session = await openSession({ url: primary.adminUrl, name: 'bench backup', idleSeconds: 0, onEnd: () => undefined });
  try {
    await session.query(`select pg_backup_start('standby', true)`);
    copyRunning(from, to);
    const { rows } = await session.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)');
    await writeFile(join(to, 'backup_label'), rows[0]?.labelfile ?? '');
  } finally {
    await session.end();
  }
  await writeFile(join(to, 'standby.signal'), '');
  // It has no standby of its own yet, and must not wait for one.
  await writeFile(join(to, 'postgresql.auto.conf'), '');
  const { uid, gid } = await stat(from);
  for (const name of ['backup_label', 'standby.signal', 'postgresql.auto.conf']) await chown(join(to, name), uid, gid);
  const password = await readFile(join(directory, 'password'), 'utf8');
  const standby = await OwnPostgres.start(directory, {
    ...KEEP_WAL,
    primary_conninfo: `host=127.0.0.1 port=${primary.port} user=postgres password=${password} application_name=standby`,
  });
  const admin = openPool({ url: primary.adminUrl, name: 'bench', size: 1, onError: () => undefined });
  try {
    await admin.query(`alter system set synchronous_standby_names = '*'`);
    await admin.query('select pg_reload_conf()');
    await until('the standby is synchronous', async () => {
      const { rows } = await admin.query<{ n: string }>(
        `select count(*) as n from pg_stat_replication where sync_state = 'sync' and state = 'streaming'`,
      );
      return Number(rows[0]?.n) === 1;
    });
  } finally {
    await admin.end();
  }
  return standby;
}

/** Files that vanish while they are copied are no fault: the log makes them good. */
function copyRunning(from: string, to: string): void {
  const { status, stderr } = spawnSync('cp', ['-a', from, to], { encoding: 'utf8' });
  const complaints = stderr.split('\n').filter((line) => line !== '' && !/No such file or directory/.test(line));
  if (status !== 0 && complaints.length > 0) throw new Error(`The data could not be copied: ${complaints.slice(0, 3).join('; ')}`);
  spawnSync('rm', ['-rf', join(to, 'postmaster.pid'), join(to, 'postmaster.opts'), join(to, 'pg_replslot')]);
  spawnSync('cp', ['-a', join(from, 'pg_replslot'), join(to, 'pg_replslot')]);
}
