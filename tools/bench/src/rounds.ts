import type { Measured } from './report.js';
import { spreadOf } from './statistics.js';

/** How long everything takes. */
export interface Effort {
  readonly rounds: number;
  readonly warmUpSeconds: number;
  readonly secondsPerRun: number;
  /** Smaller backlogs, fewer customers, shorter streams. */
  readonly isShort: boolean;
}

export const FULL: Effort = { rounds: 5, warmUpSeconds: 5, secondsPerRun: 3, isShort: false };
export const SHORT: Effort = { rounds: 2, warmUpSeconds: 2, secondsPerRun: 2, isShort: true };

/** One run of one system. */
export interface Run {
  readonly items: number;
  readonly ms: number;
  readonly cpuMs: number;
  readonly p50: number | null;
  readonly p99: number | null;
}

/** Something that can be run for a number of items. */
export interface Contender {
  readonly name: string;
  run(items: number): Promise<Run>;
}

/**
 * Warms each contender up, then runs them in turns: what happens on the machine meanwhile happens to all of them.
 * A contender gets as many items as take it about `secondsPerRun` by what its warm-up said.
 */
export async function inTurns(
  contenders: readonly Contender[],
  effort: Effort,
  afterWarmUp: () => Promise<void>,
  tell: (line: string) => void,
): Promise<Map<string, Measured>> {
  const items = new Map<string, number>();
  for (const one of contenders) items.set(one.name, await warmedUp(one, effort));
  await afterWarmUp();
  const runs = new Map<string, Run[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 1; round <= effort.rounds; round++) {
    for (const one of contenders) {
      const run = await one.run(items.get(one.name) ?? 0);
      runs.get(one.name)?.push(run);
      tell(`  ${round}/${effort.rounds} ${one.name}: ${rateOf(run).toFixed(0)}/s`);
    }
  }
  return new Map([...runs].map(([name, all]) => [name, summaryOf(all)]));
}

const FIRST_ITEMS = 400;

async function warmedUp(one: Contender, { warmUpSeconds, secondsPerRun }: Effort): Promise<number> {
  const first = await one.run(FIRST_ITEMS);
  const second = await one.run(Math.ceil(rateOf(first) * warmUpSeconds));
  return Math.max(FIRST_ITEMS, Math.ceil(rateOf(second) * secondsPerRun));
}

export function rateOf({ items, ms }: Run): number {
  return (items * 1000) / ms;
}

export function summaryOf(runs: readonly Run[]): Measured {
  const p50 = runs.flatMap((run) => run.p50 ?? []);
  const p99 = runs.flatMap((run) => run.p99 ?? []);
  return {
    figure: spreadOf(runs.map(rateOf)),
    cpuMs: spreadOf(runs.map((run) => run.cpuMs / run.items)),
    p50: p50.length > 0 ? spreadOf(p50) : null,
    p99: p99.length > 0 ? spreadOf(p99) : null,
  };
}
