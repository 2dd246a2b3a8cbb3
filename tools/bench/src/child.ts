import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { pinned } from './machine.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

type Answer = { id: number; value?: unknown; error?: string };

/** A process of the benchmark on one core. It answers questions, one kind of value each. */
export class Child {
  private readonly waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  private nextId = 1;
  private readonly gone: Promise<void>;

  private constructor(private readonly child: ChildProcess) {
    this.gone = new Promise((resolve) => child.once('exit', () => resolve()));
    child.on('message', ({ id, value, error }: Answer) => {
      const asked = this.waiting.get(id);
      this.waiting.delete(id);
      if (error === undefined) asked?.resolve(value);
      else asked?.reject(new Error(error));
    });
    child.once('exit', (status, signal) => {
      for (const { reject } of this.waiting.values()) reject(new Error(`A process of the benchmark ended (${signal ?? status}).`));
    });
  }

  /**
   * @param program the URL of a file that calls `answer`
   * @param core null: wherever there is room
   * @param settings given to it as JSON in BENCH_SETTINGS
   */
  static start(program: URL, core: number | null, settings: object): Child {
    const [execPath, ...words] = [...(core === null ? [] : pinned(core)), process.execPath];
    const child = fork(fileURLToPath(program), [], {
      cwd: ROOT,
      execPath: execPath ?? process.execPath,
      execArgv: [
        ...words,
        ...(process.env['BENCH_NODE_OPTIONS']?.split(' ') ?? []),
        '--conditions=@turnpike/source',
        '--disable-warning=ExperimentalWarning',
        '--import',
        `${ROOT}tools/loader.mjs`,
      ],
      env: { ...process.env, NODE_ENV: 'production', NODE_OPTIONS: '', BENCH_SETTINGS: JSON.stringify(settings) },
      serialization: 'advanced',
      // Only warnings are written (LOG_LEVEL), and those must be seen; our own stdout is for figures.
      stdio: ['ignore', 2, 'inherit', 'ipc'],
    });
    return new Child(child);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** @throws what the other side threw, and when it ends before it answers */
  ask<T>(question: string, parameter: unknown = null): Promise<T> {
    const id = this.nextId++;
    return new Promise<T>((resolve, reject) => {
      // Both ends are of this folder: what a question is answered with stands beside it there.
      this.waiting.set(id, { resolve: (value) => resolve(value as T), reject });
      this.child.send({ id, question, parameter }, (error) => error && reject(error));
    });
  }

  /** Ends it as a power cut does. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.gone;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.disconnect();
    const kill = setTimeout(() => this.child.kill('SIGKILL'), 15_000);
    await this.gone;
    clearTimeout(kill);
  }
}
