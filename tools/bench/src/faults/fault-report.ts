/** What is promised of a figure. */
export type Promised = { readonly atMost: number } | { readonly atLeast: number };

export interface FaultCase {
  /** Begins with the fault's name: `r2 lost`. */
  readonly case: string;
  readonly unit: string;
  /** Null when it did not come to that: a promise about it is broken then. */
  readonly ours: number | null;
  /** The peer under the same kind of fault, null where there is none. */
  readonly theirs: number | null;
  /** Null for what is told and not promised. */
  readonly promised: Promised | null;
}

export interface FaultReport {
  readonly machine: string;
  readonly cases: readonly FaultCase[];
  /** What was done to whom, and what a reader of the figures must know. */
  readonly notes: readonly string[];
}

export function isKept({ ours, promised }: FaultCase): boolean {
  if (promised === null) return true;
  if (ours === null) return false;
  return 'atMost' in promised ? ours <= promised.atMost : ours >= promised.atLeast;
}

/** The line for machines: as the other benchmarks have it, with the promise as the limit, and whether it was kept. */
export function toFaultLine({ machine, cases }: FaultReport): string {
  return JSON.stringify({
    bench: 'faults',
    cases: cases.map((one) => {
      const limit = limitOf(one);
      return {
        case: one.case,
        ours: rounded(one.ours),
        theirs: rounded(one.theirs),
        limit,
        ratio: one.ours === null || !one.theirs ? null : rounded(one.ours / one.theirs),
        ofLimit: one.ours === null || !limit ? null : rounded(one.ours / limit),
        unit: one.unit,
        kept: one.promised === null ? null : isKept(one),
      };
    }),
    machine,
  });
}

/** The same for people. */
export function toFaultTable({ machine, cases, notes }: FaultReport): string {
  const rows = [
    ['case', 'unit', 'ours', 'promised', '', 'theirs'],
    ...cases.map((one) => [
      one.case,
      one.unit,
      one.ours === null ? 'never' : String(rounded(one.ours)),
      wordsOf(one.promised),
      one.promised === null ? '' : isKept(one) ? 'kept' : 'BROKEN',
      one.theirs === null ? '-' : String(rounded(one.theirs)),
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return ['faults', lines.join('\n'), machine, ...notes].join('\n\n');
}

function limitOf({ promised }: FaultCase): number | null {
  if (promised === null) return null;
  return 'atMost' in promised ? promised.atMost : promised.atLeast;
}

function wordsOf(promised: Promised | null): string {
  if (promised === null) return '-';
  return 'atMost' in promised ? `at most ${promised.atMost}` : `at least ${promised.atLeast}`;
}

function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toFixed(Math.abs(value) >= 100 ? 0 : 3));
}
