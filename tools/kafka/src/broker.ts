import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { close, existsSync, openSync, readSync, statSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { PortTaken } from '@turnpike/free-port';
import { OwnedByAnother, StartFailed } from './errors.js';
import { javaProgram } from './requirements.js';
import { type BrokerShape, renderProperties, serverProperties } from './server-properties.js';

const SUPERVISOR = join(import.meta.dirname, 'supervisor.mjs');
const LOG_BYTES = 16 * 1024 * 1024;
const PROPERTIES = 'server.properties';
/** Says which processes serve the folder: the broker's number, then its supervisor's. */
const NOTE = 'broker.pid';

export interface Launch {
  directory: string;
  jars: string;
  ports: Omit<BrokerShape, 'logs'>;
  heap: string;
  benchmark: boolean;
  settings: Readonly<Record<string, string>>;
}

/** One run of the broker's process. */
export interface Running {
  readonly pid: number;
  /** Null while it runs, then what its log says. */
  failure(): Error | null;
  /** Resolves when the process has gone, and keeps us alive until then. */
  untilGone(): Promise<void>;
}

/**
 * Formats the folder of the log segments once and gives the cluster's id. Drafted beside and renamed, so that a folder whose
 * formatting was interrupted is never taken for whole.
 */
export async function formatOnce({ directory, jars, ports, settings }: Launch): Promise<string> {
  const logs = join(directory, 'logs');
  if (!existsSync(logs)) {
    const draft = `${logs}.${randomBytes(6).toString('hex')}`;
    const properties = `${draft}.properties`;
    await writeFile(properties, renderProperties(serverProperties({ ...ports, logs: draft }, settings)));
    try {
      await storageTool(jars, ['format', '--standalone', '-t', newClusterId(), '-c', properties], directory);
      await rename(draft, logs);
    } finally {
      await rm(properties, { force: true });
      await rm(draft, { recursive: true, force: true });
    }
  }
  const clusterId = /^cluster\.id=(.+)$/m.exec(await readFile(join(logs, 'meta.properties'), 'utf8'))?.[1];
  if (clusterId === undefined)
    throw new StartFailed('Kafka', `${logs}/meta.properties names no cluster. Remove ${directory} to start clean.`, null);
  return clusterId;
}

/** Starts the broker under its supervisor; does not wait until it is ready. */
export async function launch(options: Launch): Promise<Running> {
  const { directory, jars, ports, heap, benchmark, settings } = options;
  const properties = join(directory, PROPERTIES);
  await writeFile(properties, renderProperties(serverProperties({ ...ports, logs: join(directory, 'logs') }, settings)));
  const log = join(directory, 'kafka.log');
  const written = await rotate(log);
  const file = openSync(log, 'a', 0o600);
  const supervisor = spawn(
    process.execPath,
    [
      SUPERVISOR,
      javaProgram(),
      `-Xmx${heap}`,
      '-XX:+UseSerialGC',
      '-Dorg.slf4j.simpleLogger.showDateTime=true',
      '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
      ...(benchmark ? [] : ['-XX:TieredStopAtLevel=1']),
      ...classPath(jars),
      'kafka.Kafka',
      properties,
    ],
    // The supervisor is plain JavaScript: nothing that we were started with (a loader, a debugger) is for it.
    { cwd: directory, detached: true, env: { ...surroundings(directory), NODE_OPTIONS: '' }, stdio: ['ignore', file, file, 'ipc'] },
  );
  close(file);
  const gone = once(supervisor, 'exit');
  const pid = await Promise.race([firstWord(supervisor), gone.then(() => null)]);
  if (pid === null) throw whyItEnded(log, written, ports);
  await writeFile(join(directory, NOTE), `${pid} ${supervisor.pid ?? ''}`);
  supervisor.unref();
  supervisor.channel?.unref();
  return {
    pid,
    failure: () => (supervisor.exitCode === null && supervisor.signalCode === null ? null : whyItEnded(log, written, ports)),
    async untilGone() {
      supervisor.ref();
      await gone;
    },
  };
}

/**
 * A broker whose supervisor was killed alone would still hold the folder: it is ended. One with a supervisor has an owner that
 * lives, and is left to it.
 * @throws OwnedByAnother
 */
export async function endLeftBehind(directory: string): Promise<void> {
  const file = join(directory, NOTE);
  const [broker = Number.NaN, supervisor = Number.NaN] = (await readFile(file, 'utf8').catch(() => '')).split(' ').map(Number);
  const properties = join(directory, PROPERTIES);
  // An owner that has died this moment still has a supervisor for the next one.
  const end = Date.now() + 2_000;
  while (broker > 0 && (await commandOf(broker)).includes(properties)) {
    if (!(await commandOf(supervisor)).includes(SUPERVISOR)) process.kill(broker, 'SIGKILL');
    else if (Date.now() > end) throw new OwnedByAnother(directory, supervisor);
    await delay(20);
  }
  await rm(file, { force: true });
}

/** The command line of a process: its number alone may since have been given to a stranger. Empty when there is none. */
async function commandOf(pid: number): Promise<string> {
  if (!(pid > 0)) return '';
  if (process.platform === 'linux') return await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const ps = spawn('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { stdio: ['ignore', 'pipe', 'ignore'] });
  ps.on('error', () => undefined);
  return await text(ps.stdout).catch(() => '');
}

async function firstWord(supervisor: ChildProcess): Promise<number> {
  const [word] = await once(supervisor, 'message');
  return Number(word.pid);
}

function whyItEnded(log: string, from: number, ports: Launch['ports']): Error {
  const said = readFrom(log, from);
  const taken = /(?:failed to bind|Unable to bind|Socket server failed to bind)[^\n]*:(\d+)|Address already in use/i.exec(said);
  if (taken) return new PortTaken(taken[1] === undefined ? ports.port : Number(taken[1]), 'Kafka');
  const causes = said.split('\n').filter((line) => /ERROR|FATAL|Exception|Error/.test(line));
  return new StartFailed('Kafka', (causes.length > 0 ? causes : said.split('\n')).slice(0, 6).join('\n'), log);
}

async function storageTool(jars: string, args: string[], directory: string): Promise<void> {
  const tool = spawn(javaProgram(), ['-XX:TieredStopAtLevel=1', ...classPath(jars), 'kafka.tools.StorageTool', ...args], {
    cwd: directory,
    env: surroundings(directory),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [said, complained, [status]] = await Promise.all([text(tool.stdout), text(tool.stderr), once(tool, 'close')]);
  if (status !== 0) throw new StartFailed('kafka.tools.StorageTool format', `${said}${complained}`.slice(-2_000), null);
}

function classPath(jars: string): string[] {
  return ['-cp', join(jars, '*')];
}

/** LOG_DIR: Kafka's scripts and tools would else write beside the jars. */
function surroundings(directory: string): NodeJS.ProcessEnv {
  return { ...process.env, LOG_DIR: directory };
}

/** 16 random bytes as 22 characters, as Kafka writes its ids; it refuses one that starts with a dash, as it looks like an option. */
function newClusterId(): string {
  for (;;) {
    const id = randomBytes(16).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
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
  const buffer = Buffer.alloc(256 * 1024);
  const length = readSync(file, buffer, 0, buffer.length, position);
  close(file);
  return buffer.toString('utf8', 0, length);
}
