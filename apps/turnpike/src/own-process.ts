import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Log } from '@turnpike/service';
import { z } from 'zod';
import type { Backend } from './backend.js';
import type { LogFile } from './log-file.js';
import { askAt, passOn } from './proxy.js';
import type { Service } from './services.js';

const CHECKOUT = join(import.meta.dirname, '..', '..', '..');
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 15_000;
/** Having run for so long, a service that ends again gets its quick restart back. */
const STEADY_MS = 60_000;
const STOP_SECONDS = 30;

const FirstWord = z.object({ listening: z.url() });

export class ServiceDidNotStart extends Error {
  constructor(service: string, how: string) {
    super(`${service} did not start (${how}); what it said stands above.`);
  }
}

/** What a service's process is started with; tests start another program. */
export interface Program {
  readonly arguments: readonly string[];
}

/** What a process is watched with. */
export interface Watched {
  readonly log: Log;
  /** Takes what it writes to standard output; ours unless told. */
  readonly logFile?: LogFile | undefined;
  readonly program?: Program;
}

function programOf(name: string): Program {
  return {
    arguments: [
      '--conditions=@turnpike/source',
      '--import',
      join(CHECKOUT, 'tools', 'loader.mjs'),
      join(CHECKOUT, 'apps', name, 'src', 'main.ts'),
    ],
  };
}

/**
 * Starts a service as a process of its own: own main, own port, own roles, and nothing of ours but its environment. It ends when its
 * channel to us does, so none outlives us; should it end alone, it is started again.
 * @throws ServiceDidNotStart when the very first start fails
 */
export async function startAsProcess(
  service: Pick<Service, 'name' | 'title' | 'doors'>,
  environment: Readonly<Record<string, string>>,
  { log, logFile, program = programOf(service.name) }: Watched,
): Promise<Backend> {
  const { name, title, doors } = service;
  let child = run(program, environment, logFile);
  let origin: URL | null = await firstOrigin(name, child);
  let startedAt = performance.now();
  let pause = FIRST_PAUSE_MS;
  let waiting: NodeJS.Timeout | undefined;
  let isStopping = false;

  const whenItEnds = (code: number | null, signal: NodeJS.Signals | null) => {
    origin = null;
    if (isStopping) return;
    if (performance.now() - startedAt > STEADY_MS) pause = FIRST_PAUSE_MS;
    log.warn('service.ended', { ended: name, how: signal ?? `exit ${code}`, restartInMs: pause });
    waiting = setTimeout(again, pause);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  };
  const again = () => {
    child = run(program, environment, logFile);
    startedAt = performance.now();
    child.on('message', (message) => (origin = originIn(message) ?? origin));
    child.once('exit', whenItEnds);
  };
  child.once('exit', whenItEnds);
  if (child.exitCode !== null || child.signalCode !== null) whenItEnds(child.exitCode, child.signalCode);

  const ask = async (path: string) => {
    if (origin === null) throw new Error(`${name} is being restarted.`);
    return await askAt(name, origin, path);
  };
  return {
    name,
    title,
    doors,
    get isUp() {
      return origin !== null;
    },
    handle: (request, response) => passOn(name, origin, request, response),
    check: async () => void (await ask('/readyz')),
    metrics: () => ask('/metrics'),
    stop: async () => {
      isStopping = true;
      clearTimeout(waiting);
      await end(child);
    },
  };
}

function run(program: Program, environment: Readonly<Record<string, string>>, logFile: LogFile | undefined): ChildProcess {
  const child = spawn(process.execPath, [...program.arguments], {
    cwd: CHECKOUT,
    // A group of its own: Ctrl-C in the terminal reaches us alone, and services are told in their turn.
    detached: true,
    env: { ...environment, ...(process.platform === 'win32' ? { SystemRoot: 'C:\\Windows' } : {}) },
    stdio: ['ignore', logFile ? 'pipe' : 'inherit', 'inherit', 'ipc'],
  });
  if (child.stdout) logFile?.takeFrom(child.stdout);
  // Without a listener, a message to a process that has just died would end us, too; its exit is what we answer.
  child.on('error', () => undefined);
  return child;
}

function firstOrigin(name: string, child: ChildProcess): Promise<URL> {
  return new Promise((resolve, reject) => {
    child.on('message', (message) => {
      const origin = originIn(message);
      if (origin) resolve(origin);
    });
    child.once('exit', (code, signal) => reject(new ServiceDidNotStart(name, signal ?? `exit ${code}`)));
    child.once('error', (error) => reject(new ServiceDidNotStart(name, error.message)));
  });
}

function originIn(message: unknown): URL | null {
  const word = FirstWord.safeParse(message);
  return word.success ? new URL(word.data.listening) : null;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_SECONDS * 1000);
  await gone;
  clearTimeout(deadline);
}
