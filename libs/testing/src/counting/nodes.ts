import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { NodeRequest, NodeSettings } from './node.js';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const NODE = fileURLToPath(new URL('./node.ts', import.meta.url));

interface Told {
  ready?: true;
  reached?: string;
  askedForWholeState?: string;
  id?: number;
  result?: unknown;
  error?: string;
}

/** A running writer or reader process. */
export class CountingNode {
  readonly exited: Promise<void>;
  readonly asked: string[] = [];
  private readonly waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  private nextId = 1;
  private whenReady!: () => void;
  private whenReached!: () => void;
  readonly ready = new Promise<void>((resolve) => (this.whenReady = resolve));
  readonly reached = new Promise<void>((resolve) => (this.whenReached = resolve));

  private constructor(private readonly child: ChildProcess) {
    this.exited = new Promise((resolve) => child.once('exit', () => resolve()));
    child.on('message', (told: Told) => this.hear(told));
    child.once('exit', (code, signal) => {
      for (const { reject } of this.waiting.values()) reject(new Error(`The node ended (${signal ?? code}).`));
      this.waiting.clear();
      this.whenReady();
    });
  }

  static async start(settings: NodeSettings): Promise<CountingNode> {
    const child = fork(NODE, [], {
      cwd: ROOT,
      execArgv: ['--conditions=@turnpike/source', '--disable-warning=ExperimentalWarning', '--import', `${ROOT}tools/loader.mjs`],
      env: { ...process.env, NODE_OPTIONS: '', COUNTING_NODE: JSON.stringify(settings) },
      stdio: ['ignore', process.env['COUNTING_LOG'] ? 'inherit' : 'ignore', 'inherit', 'ipc'],
    });
    const node = new CountingNode(child);
    await node.ready;
    return node;
  }

  get pid(): number {
    return this.child.pid!;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  ask<T>(request: NodeRequest): Promise<T> {
    const id = this.nextId++;
    return new Promise<T>((resolve, reject) => {
      this.waiting.set(id, { resolve: (value) => resolve(value as T), reject });
      this.child.send({ id, request }, (error) => error && reject(error));
    });
  }

  /** SIGKILL, and waits for the end. */
  async kill(): Promise<void> {
    if (this.isRunning) this.child.kill('SIGKILL');
    await this.exited;
  }

  async stop(): Promise<void> {
    if (this.isRunning) await this.ask({ ask: 'stop' }).catch(() => undefined); // a node that was killed meanwhile has stopped, too
    await this.exited;
  }

  private hear(told: Told): void {
    if (told.ready) this.whenReady();
    if (told.reached) this.whenReached();
    if (told.askedForWholeState) this.asked.push(told.askedForWholeState);
    if (told.id === undefined) return;
    const waiting = this.waiting.get(told.id);
    this.waiting.delete(told.id);
    if (told.error !== undefined) waiting?.reject(new Error(told.error));
    else waiting?.resolve(told.result);
  }
}
