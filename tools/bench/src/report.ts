import { areApart, type Spread } from './statistics.js';

/** One system in one case, over all rounds. */
export interface Measured {
  /** What the case is about, in its unit: items a second, or milliseconds, or what one item costs. */
  readonly figure: Spread;
  /** CPU-milliseconds of the service and PostgreSQL for one item; null where that is no answer. */
  readonly cpuMs: Spread | null;
  /** Milliseconds to the answer, where there is one. */
  readonly p50: Spread | null;
  readonly p99: Spread | null;
}

export interface Case {
  readonly case: string;
  /** Where it is not the report's. */
  readonly unit?: string;
  readonly ours: Measured;
  /** The peer; of a latency or a cost, the floor. */
  readonly theirs: Measured | null;
  readonly limit: Measured | null;
}

export interface Report {
  readonly bench: string;
  readonly unit: string;
  readonly machine: string;
  readonly cases: readonly Case[];
  /** Who the peer was, and what else a reader of the figures must know. */
  readonly notes: readonly string[];
}

/** The line for machines. Its keys and their order are a promise to whoever reads it. */
export function toJsonLine({ bench, unit, machine, cases }: Report): string {
  return JSON.stringify({
    bench,
    cases: cases.map(({ case: name, ours, theirs, limit, unit: ownUnit }) => ({
      case: name,
      ours: forMachines(ours.figure.median),
      theirs: theirs && forMachines(theirs.figure.median),
      limit: limit && forMachines(limit.figure.median),
      ratio: theirs && rounded(ours.figure.median / theirs.figure.median, 2),
      ofLimit: limit && rounded(ours.figure.median / limit.figure.median, 3),
      unit: ownUnit ?? unit,
    })),
    machine,
  });
}

/** The same for people: medians with their ranges, then what each item cost. */
export function toTable({ bench, unit, machine, cases, notes }: Report): string {
  const figures = [
    ['case', 'unit', 'ours', 'theirs', 'limit', 'ratio', 'of limit'],
    ...cases.map(({ case: name, ours, theirs, limit, unit: ownUnit }) => [
      name,
      ownUnit ?? unit,
      ranged(ours.figure),
      theirs ? ranged(theirs.figure) : '-',
      limit ? ranged(limit.figure) : '-',
      theirs ? compared(ours.figure, theirs.figure) : '-',
      limit ? `${((100 * ours.figure.median) / limit.figure.median).toFixed(0)} %` : '-',
    ]),
  ];
  const costs = [
    ['case', 'who', 'CPU-ms each', 'p50 ms', 'p99 ms'],
    ...cases.flatMap(({ case: name, ours, theirs, limit }) =>
      Object.entries({ ours, theirs, limit }).flatMap(([who, measured]) =>
        measured && (measured.cpuMs ?? measured.p50 ?? measured.p99)
          ? [[name, who, orDash(measured.cpuMs), orDash(measured.p50), orDash(measured.p99)]]
          : [],
      ),
    ),
  ];
  return [`${bench}: median [least to most]`, columns(figures), columns(costs), machine, ...notes].join('\n\n');
}

function compared(ours: Spread, theirs: Spread): string {
  const ratio = ours.median / theirs.median;
  return `${ratio >= 2 ? ratio.toFixed(1) : ratio.toFixed(2)}x${areApart(ours, theirs) ? '' : ' (ranges overlap)'}`;
}

function orDash(spread: Spread | null): string {
  return spread ? ranged(spread) : '-';
}

function ranged({ median, least, most }: Spread): string {
  return `${short(median)} [${short(least)} to ${short(most)}]`;
}

function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** Rates to a tenth, latencies and costs to a thousandth. */
function forMachines(value: number): number {
  return rounded(value, value >= 100 ? 1 : 3);
}

function rounded(value: number, places: number): number {
  return Number(value.toFixed(places));
}

function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
