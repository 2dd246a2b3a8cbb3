import type { Child } from '../child.js';
import type { Cluster } from '../cluster.js';
import type { Contender, Run } from '../rounds.js';
import type { Answered, Questions } from './load.js';

/** The most that a check may take, of 99 in 100. */
export const P99_MS = 5;
/** Connections that each ask as fast as they are answered: as many as leave the answers in time. */
const CONNECTIONS = [32, 16, 8, 4, 2] as const;

/** A route that is asked as fast as it answers in time. */
export class Asking implements Contender {
  private level = 0;

  constructor(
    readonly name: string,
    private readonly url: string,
    private readonly about: number | string,
    private readonly parts: { readonly cluster: Cluster; readonly load: Child; readonly pid: number },
    private readonly afterRun: () => Promise<void> = async () => undefined,
  ) {}

  get connections(): number {
    return CONNECTIONS[this.level] ?? 1;
  }

  async run(items: number): Promise<Run> {
    for (;;) {
      const run = await this.runOnce(items);
      await this.afterRun();
      if ((run.p99 ?? 0) <= P99_MS || this.level === CONNECTIONS.length - 1) return run;
      this.level++;
    }
  }

  private async runOnce(items: number): Promise<Run> {
    const { cluster, load, pid } = this.parts;
    const questions: Questions = { url: this.url, about: this.about, items, connections: this.connections };
    await load.ask('prepare', questions);
    const cpuBefore = cluster.cpuMsWith(pid);
    const { ms, p50, p99 } = await load.ask<Answered>('ask');
    return { items, ms, cpuMs: cluster.cpuMsWith(pid) - cpuBefore, p50, p99 };
  }
}
