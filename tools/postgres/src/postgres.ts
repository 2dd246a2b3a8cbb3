import { type ChildProcess, spawn } from 'node:child_process';
import { close, openSync, readSync, statSync } from 'node:fs';
import { readFile, realpath, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, PortTaken, untilPortsAreOurs } from '@turnpike/free-port';
import { type Account, accountFor, mayEnter } from './account.js';
import { type Binaries, binariesFor, packagedFolder } from './binaries.js';
import { adminUrl, whoAnswers } from './connection.js';
import { ClusterLost, FolderNotOurs, StartFailed, VersionMismatch } from './errors.js';
import { makeCluster, surroundings } from './new-cluster.js';
import { claim, release } from './owner.js';
import { findPlace, folderOutside, newPlace, openDirectory, type Place, removePlace } from './place.js';
import { commandLineOf, leftBehind, readCommandLine, readPostmasterNote, signal, untilGone, whoseIs } from './postmaster.js';
import { serverArguments } from './settings.js';

export interface StartOptions {
  /**
   * Holds the log, and the cluster where PostgreSQL's account can enter, else a pointer to it: for root, what mkdtemp makes is
   * such a place until it is opened (chmod 755). Made if missing.
   */
  directory: string;
  /** Of 127.0.0.1. Without it: the port that a server left behind already has, or any free one. */
  port?: number | undefined;
  /** PostgreSQL's own settings, over ours (settings.ts). A server left behind with other ones is restarted. */
  settings?: Readonly<Record<string, string>> | undefined;
  /** Gets a sentence for each thing worth telling: adopted, restarted, recovered. */
  log?: ((sentence: string) => void) | undefined;
  /** For tests: where the programs lie (as the package's `native` folder). */
  programs?: string | undefined;
  /** For tests: the folders to try, in order, when PostgreSQL's account cannot enter the one asked for. */
  outside?: readonly string[] | undefined;
}

/** As PostgreSQL calls them: smart waits for clients, fast sends them away, immediate leaves recovery to the next start. */
export type StopMode = 'smart' | 'fast' | 'immediate';

export interface LocalPostgres {
  /** postgres://postgres:<password>@127.0.0.1:<port>/postgres, the administrator's. */
  readonly adminUrl: string;
  readonly port: number;
  readonly pid: number;
  readonly directory: string;
  /** Resolves when every process of the server has gone. Does nothing when it has already. */
  stop(mode?: StopMode): Promise<void>;
  /** SIGKILL, as a power cut would do it; resolves when every process has gone. */
  kill(): Promise<void>;
}

const SIGNALS: Readonly<Record<StopMode, NodeJS.Signals>> = { smart: 'SIGTERM', fast: 'SIGINT', immediate: 'SIGQUIT' };
const LOG_BYTES = 16 * 1024 * 1024;
/** Recovery after a crash reads the log since the last checkpoint; this long it may take. */
const START_SECONDS = 300;

/**
 * Starts PostgreSQL in a folder, or takes over the one that an owner who died has left running there. It has its own process
 * group and outlives us, kill -9 included, so that it can be stopped last: whoever starts it stops it.
 * @throws each class of errors.ts
 */
export async function startPostgres(options: StartOptions): Promise<LocalPostgres> {
  const directory = await openDirectory(options.directory);
  await claim(directory);
  try {
    const { place, account, binaries, password } = await prepare(directory, options);
    const settings = options.settings ?? {};
    const log = options.log ?? (() => undefined);
    const adopted = await takeOver(place, binaries, password, options.port, settings, log);
    return adopted ?? (await startServer(place, account, binaries, password, options.port, settings));
  } catch (error) {
    await release(directory);
    throw error;
  }
}

/** Whether a PostgreSQL runs on the data of this folder, whoever started it. */
export async function isRunning(directory: string): Promise<boolean> {
  const opened = await realpath(directory).catch(() => null);
  const place = opened === null ? null : await findPlace(opened).catch(() => null);
  const note = place && (await readPostmasterNote(place.data));
  if (!place || !note) return false;
  const whose = whoseIs(note.pid, place.data);
  if (whose !== 'unknown') return whose === 'ours';
  return (await whoAnswers(note.port, await readFile(place.password, 'utf8'), place.data)) === 'ours';
}

/**
 * Stops what runs there and removes its data, also those that lie elsewhere; the folder too, if it holds nothing else.
 * @throws OwnedByAnother
 */
export async function removePostgres(directory: string): Promise<void> {
  const opened = await openDirectory(directory);
  await claim(opened);
  const place = await findPlace(opened).catch(() => null);
  const note = place && (await readPostmasterNote(place.data));
  if (place && note && whoseIs(note.pid, place.data) === 'ours') await stopServer(note.pid, place.data, 'fast');
  await removePlace(opened, place);
}

async function prepare(directory: string, options: StartOptions) {
  const existing = await findPlace(directory);
  const account = accountFor(existing?.data ?? null);
  const outside = () => folderOutside(account, options.outside);
  const binaries = await binariesFor(account, options.programs ?? packagedFolder(), outside);
  if (existing && !mayEnter(account, existing.root)) {
    throw new FolderNotOurs(
      `PostgreSQL's user ${account?.uid} can no longer enter ${existing.root}, where its data lie. Let it pass (chmod o+x), or move the data.`,
    );
  }
  const place = existing ?? (await newPlace(directory, account, outside));
  if (!existing) await makeCluster(binaries, account, place);
  const found = (await readFile(join(place.data, 'PG_VERSION'), 'utf8').catch(() => 'of no known version')).trim();
  if (found !== binaries.major) throw new VersionMismatch(place.data, found, binaries.major);
  const password = await readFile(place.password, 'utf8').catch(() => null);
  if (password === null) {
    throw new ClusterLost(
      `The password of the PostgreSQL in ${directory} is missing: ${place.password}. Bring it back, or remove ${directory} to start clean.`,
    );
  }
  return { place, account, binaries, password };
}

/** What to do with the server that postmaster.pid names: adopt it, stop it, or see that it is long gone. */
async function takeOver(
  place: Place,
  binaries: Binaries,
  password: string,
  port: number | undefined,
  settings: Readonly<Record<string, string>>,
  log: (sentence: string) => void,
): Promise<LocalPostgres | null> {
  const note = await readPostmasterNote(place.data);
  const whose = note ? whoseIs(note.pid, place.data) : 'gone';
  if (note && (whose === 'ours' || whose === 'unknown')) {
    const wanted = commandLineOf(binaries.postgres, serverArguments(place.data, port ?? note.port, settings));
    const isAsWanted = (port ?? note.port) === note.port && (await readCommandLine(place.data)) === wanted;
    if (isAsWanted && (await settled(note.pid, note.port, password, place.data)) === 'ours') {
      log(`PostgreSQL was left running here (process ${note.pid}, port ${note.port}) and is taken over.`);
      return handle(place, note.pid, note.port, password);
    }
    if (whose === 'ours') {
      log(`PostgreSQL was left running here (process ${note.pid}) with other settings; it is stopped and started anew.`);
      await stopServer(note.pid, place.data, 'fast');
    }
  }
  // First the processes, then their lock: it also says which shared memory they may still write to.
  await clearLeftBehind(place.data);
  // PostgreSQL itself sees that a dead process is dead; one whose number now belongs to a stranger, or to a corpse that nobody
  // has buried, it takes for alive and refuses to start.
  if (note && (whose === 'another' || whose === 'gone')) await rm(join(place.data, 'postmaster.pid'), { force: true });
  return null;
}

/** The answer of a server that may still be on its way up or down. */
async function settled(pid: number, port: number, password: string, data: string) {
  for (const end = Date.now() + START_SECONDS * 1000; Date.now() < end; await delay(100)) {
    const answer = await whoAnswers(port, password, data);
    if (answer === 'ours' || answer === 'another' || whoseIs(pid, data) === 'gone') return answer;
  }
  return 'silent';
}

async function startServer(
  place: Place,
  account: Account,
  binaries: Binaries,
  password: string,
  wished: number | undefined,
  settings: Readonly<Record<string, string>>,
): Promise<LocalPostgres> {
  return untilPortsAreOurs(wished === undefined, async () => {
    const port = await freePort('PostgreSQL', wished);
    const pid = await launch(place, account, binaries, password, port, settings);
    return handle(place, pid, port, password);
  });
}

async function launch(
  place: Place,
  account: Account,
  binaries: Binaries,
  password: string,
  port: number,
  settings: Readonly<Record<string, string>>,
): Promise<number> {
  const written = await rotate(place.log);
  const file = openSync(place.log, 'a', 0o600);
  const child = spawn(binaries.postgres, serverArguments(place.data, port, settings), {
    ...account,
    cwd: place.data,
    env: surroundings(),
    detached: true,
    stdio: ['ignore', file, file],
  });
  close(file);
  child.unref();
  const end = endOf(child);
  const { pid } = child;
  for (const until = Date.now() + START_SECONDS * 1000; Date.now() < until; await delay(25)) {
    if (end.reason !== null || pid === undefined) throw failure(place.log, written, port, end.reason);
    if ((await whoAnswers(port, password, place.data)) === 'ours') return pid;
  }
  if (pid !== undefined) await stopServer(pid, place.data, 'immediate');
  throw failure(place.log, written, port, `it was not ready within ${START_SECONDS} s`);
}

function endOf(child: ChildProcess): { reason: string | null } {
  const end: { reason: string | null } = { reason: null };
  child.once('error', (error) => (end.reason = error.message));
  child.once('exit', (status, by) => (end.reason = by === null ? `it ended with status ${status}` : `it was ended by ${by}`));
  return end;
}

function failure(log: string, written: number, port: number, reason: string | null): Error {
  const said = readFrom(log, written);
  if (/could not bind .*Address already in use/s.test(said)) return new PortTaken(port, 'PostgreSQL');
  const causes = said.split('\n').filter((line) => /FATAL|PANIC|ERROR|HINT|DETAIL/.test(line));
  return new StartFailed(
    'PostgreSQL',
    `${(causes.length > 0 ? causes : said.split('\n')).slice(-6).join('\n')} (${reason ?? 'no reason given'})`,
    log,
  );
}

function handle(place: Place, pid: number, port: number, password: string): LocalPostgres {
  const { directory, data } = place;
  return {
    adminUrl: adminUrl(port, password),
    port,
    pid,
    directory,
    async stop(mode = 'fast') {
      await stopServer(pid, data, mode);
      await release(directory);
    },
    async kill() {
      if (whoseIs(pid, data) !== 'gone') signal(pid, 'SIGKILL');
      await untilGone(() => whoseIs(pid, data) === 'gone', 10);
      await clearLeftBehind(data);
    },
  };
}

async function stopServer(pid: number, data: string, mode: StopMode): Promise<void> {
  const isGone = () => whoseIs(pid, data) === 'gone' || whoseIs(pid, data) === 'another';
  for (const [name, seconds] of [
    [SIGNALS[mode], 60],
    ['SIGQUIT', 10],
    ['SIGKILL', 10],
  ] as const) {
    if (isGone()) break;
    signal(pid, name);
    if (await untilGone(isGone, seconds)) break;
  }
  await clearLeftBehind(data);
}

/** Processes without a postmaster get a moment to notice, then no more: they must not write beside the next server. */
async function clearLeftBehind(data: string): Promise<void> {
  const isClear = () => leftBehind(data).length === 0;
  if (await untilGone(isClear, 1)) return;
  for (const pid of leftBehind(data)) signal(pid, 'SIGKILL');
  await untilGone(isClear, 10);
}

/** Keeps the log from growing for ever: one older file is kept. @returns the bytes already in it */
async function rotate(log: string): Promise<number> {
  const size = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  if (size < LOG_BYTES) return size;
  await rename(log, `${log}.1`);
  return 0;
}

function readFrom(log: string, position: number): string {
  const file = openSync(log, 'r');
  const buffer = Buffer.alloc(64 * 1024);
  const length = readSync(file, buffer, 0, buffer.length, position);
  close(file);
  return buffer.toString('utf8', 0, length);
}
