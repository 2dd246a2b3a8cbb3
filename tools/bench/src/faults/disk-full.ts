import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CustomerChanged } from '@turnpike/contracts-events';
import { openPool, type PostgresPool } from '@turnpike/service';
import { resumedAfter } from './crashes.js';
import { atLeast, atMost, type Fault, pause, told } from './fault.js';
import { Pace } from './pace.js';
import { Stage } from './stage.js';
import { tallyOf } from './tally.js';

const EVENTS_PER_SECOND = 100;
const FULL_MS = 10_000;

/**
 * R4: PostgreSQL's log on 64 MB of memory, filled until nothing fits, and room made later. PostgreSQL gives up when its log is full; it is
 * started again each second, as `npm start` and every init system do.
 */
export const diskFull: Fault = async ({ isShort, tell }) => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    return { cases: [], notes: ['left out: a small file system can be mounted by root on Linux only'] };
  }
  const stage = await Stage.open({ settings: { max_wal_size: '48MB', min_wal_size: '32MB', max_slot_wal_keep_size: '-1' } });
  const wal = join(stage.folder, 'wal');
  try {
    mkdirSync(wal);
    run('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', wal]);
    stage.beforeItsFolderGoes = () => run('umount', [wal]);
    await stage.postgres.moveLogTo(join(wal, 'pg_wal'));
    for (const name of ['gateway', 'customers', 'books'] as const) await stage.start(name);
    const load = stage.load('F');
    const pace = new Pace(() => stage.effects('books', CustomerChanged.name), 50);
    load.start(EVENTS_PER_SECOND);
    await pause(2_000);

    // Whoever has not read the log yet keeps it: an ordinary way for a disk to get full.
    const admin = openPool({ url: stage.postgres.adminUrl, name: 'bench', size: 1, onError: () => undefined });
    await admin.query(`select pg_create_physical_replication_slot('nobody_reads', true)`);
    const filledMs = await fill(admin, stage);
    await admin.end();
    tell(`the log is full after ${filledMs} ms, ${load.accepted.size} events were accepted`);
    const fullAt = Date.now();
    const acceptedBefore = load.accepted.size;
    const tries = await startAgainEachSecond(stage, isShort ? FULL_MS / 2 : FULL_MS);
    const acceptedWhileFull = load.accepted.size - acceptedBefore;

    run('mount', ['-o', 'remount,size=512m', wal]);
    const room = Date.now();
    await startAgainEachSecond(stage, 60_000, true);
    const backAt = Date.now();
    const resumed = await resumedAfter(backAt, load, pace);
    await pause(3_000);
    await load.finish();
    await pace.stop();
    const tally = await tallyOf(stage, [load]);
    if (tally.lost + tally.doubled > 0) tell(`what is wrong, and where: ${JSON.stringify(tally.where)}`);
    const whileFull = load.attempts.filter(({ at }) => at >= fullAt && at < room);
    tell(`PostgreSQL was back ${backAt - room} ms after there was room`);
    return {
      cases: [
        told('disk full: attempts while full', 'attempts', whileFull.length),
        told('disk full: starts of PostgreSQL that failed', 'starts', tries),
        told('disk full: answered 2xx while full', 'events', acceptedWhileFull),
        atMost(0, 'disk full: accepted and not durable', 'events', tally.notDurable),
        atMost(0, 'disk full: lost', 'events', tally.lost),
        atMost(0, 'disk full: doubled', 'effects', tally.doubled),
        atMost(2_000, 'disk full: accepts again after PostgreSQL is back', 'ms', resumed.acceptingMs),
        atMost(2_000, 'disk full: effects flow again after PostgreSQL is back', 'ms', resumed.flowingMs),
        atLeast(1, 'disk full: PostgreSQL really gave up', 'times', tries > 0 ? 1 : 0),
      ],
      notes: [
        'the log on a tmpfs of 64 MB, kept by a replication slot that nobody reads and filled by a table beside; room by mounting it larger; PostgreSQL is started again each second',
      ],
    };
  } finally {
    await stage.close();
  }
};

/** @returns milliseconds until PostgreSQL refuses */
async function fill(admin: PostgresPool, stage: Stage): Promise<number> {
  const begun = Date.now();
  await admin.query('create table filling (bytes text)');
  for (const end = begun + 120_000; Date.now() < end;) {
    const isTaken = await admin.query(`insert into filling select repeat(md5(random()::text), 200) from generate_series(1, 300)`).then(
      () => true,
      () => false,
    );
    if (!isTaken && !(await stage.postgres.answers())) return Date.now() - begun;
  }
  throw new Error('The log of PostgreSQL did not get full within 120 s.');
}

/** @returns how many starts failed */
async function startAgainEachSecond(stage: Stage, forMs: number, mustWork = false): Promise<number> {
  let failed = 0;
  for (const end = Date.now() + forMs; Date.now() < end; await pause(1_000)) {
    const isUp = await stage.postgres.comeBack().then(
      () => true,
      () => false,
    );
    if (isUp && mustWork) return failed;
    if (!isUp) failed++;
  }
  if (mustWork) throw new Error('PostgreSQL did not start although there was room again.');
  return failed;
}

function run(program: string, words: readonly string[]): void {
  const { status, stderr } = spawnSync(program, [...words], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${words.join(' ')}: ${stderr.trim()}`);
}
