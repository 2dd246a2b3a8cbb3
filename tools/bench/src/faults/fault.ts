import type { FaultCase } from './fault-report.js';

export interface FaultEffort {
  /** A few instead of all: to see that it runs, and what a change has broken. */
  readonly isShort: boolean;
  readonly tell: (line: string) => void;
}

/** One kind of fault, brought about until there is something to tell. */
export type Fault = (effort: FaultEffort) => Promise<{ readonly cases: readonly FaultCase[]; readonly notes: readonly string[] }>;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A figure that is told. */
export function told(name: string, unit: string, ours: number | null, theirs: number | null = null): FaultCase {
  return { case: name, unit, ours, theirs, promised: null };
}

export function atMost(limit: number, name: string, unit: string, ours: number | null, theirs: number | null = null): FaultCase {
  return { case: name, unit, ours, theirs, promised: { atMost: limit } };
}

export function atLeast(limit: number, name: string, unit: string, ours: number | null, theirs: number | null = null): FaultCase {
  return { case: name, unit, ours, theirs, promised: { atLeast: limit } };
}
