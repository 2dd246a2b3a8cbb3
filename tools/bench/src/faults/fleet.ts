import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
/** As the launcher does it after a first end; it waits longer after each further one, here the faults come too thick for that. */
const RESTART_AFTER_MS = 250;
const STOP_MS = 30_000;

/** A service's own process, started again whenever it ends. */
export class ServiceProcess {
  private child: ChildProcess | null = null;
  private origin: string | null = null;
  private isStopping = false;
  private restarting: NodeJS.Timeout | undefined;
  /** What it was ended with, oldest first. */
  readonly ends: string[] = [];

  private constructor(
    readonly name: string,
    private readonly program: string,
    private readonly environment: Readonly<Record<string, string>>,
    private readonly log: number,
  ) {}

  /** @param program path below the checkout @param logFile what it says goes there */
  static async start(
    name: string,
    program: string,
    environment: Readonly<Record<string, string>>,
    logFile: string,
  ): Promise<ServiceProcess> {
    const service = new ServiceProcess(name, program, environment, openSync(logFile, 'a'));
    service.run();
    for (const end = Date.now() + 60_000; service.origin === null; await new Promise((resolve) => setTimeout(resolve, 10))) {
      if (service.ends.length > 0 || Date.now() > end) throw new Error(`${name} did not start; ${logFile} says why.`);
    }
    return service;
  }

  /** Null while it does not listen. */
  get url(): string | null {
    return this.origin;
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  kill(): void {
    this.origin = null;
    this.child?.kill('SIGKILL');
  }

  /** SIGTERM; not started again. @returns milliseconds until it had ended */
  async stop(): Promise<number> {
    this.isStopping = true;
    clearTimeout(this.restarting);
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return 0;
    const begun = performance.now();
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await gone;
    clearTimeout(deadline);
    return performance.now() - begun;
  }

  private run(): void {
    const child = spawn(
      process.execPath,
      ['--conditions=@turnpike/source', '--disable-warning=ExperimentalWarning', '--import', `${ROOT}tools/loader.mjs`, this.program],
      { cwd: ROOT, env: { ...this.environment }, stdio: ['ignore', this.log, this.log, 'ipc'] },
    );
    this.child = child;
    // Without a listener, a message to a process that has just died would end us, too.
    child.on('error', () => undefined);
    child.on('message', (message: { listening?: string }) => {
      if (this.child === child && message.listening) this.origin = message.listening;
    });
    child.once('exit', (code, signal) => {
      this.origin = null;
      this.ends.push(signal ?? `exit ${code}`);
      if (!this.isStopping) this.restarting = setTimeout(() => this.run(), RESTART_AFTER_MS);
    });
  }
}
