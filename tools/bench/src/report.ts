import { areApart, type Spread } from './statistics.js';

/** One system in one case, over all rounds. */
export interface Measured {
  readonly rate: Spread;
  /** CPU-milliseconds of the service and PostgreSQL for one item. */
  readonly cpuMs: Spread;
  /** Milliseconds to the answer, where there is one. */
  readonly p50: Spread | null;
  readonly p99: Spread | null;
}

export interface Case {
  readonly case: string;
  readonly ours: Measured;
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
    cases: cases.map(({ case: name, ours, theirs, limit }) => ({
      case: name,
      ours: rounded(ours.rate.median, 1),
      theirs: theirs && rounded(theirs.rate.median, 1),
      limit: limit && rounded(limit.rate.median, 1),
      ratio: theirs && rounded(ours.rate.median / theirs.rate.median, 2),
      ofLimit: limit && rounded(ours.rate.median / limit.rate.median, 3),
      unit,
    })),
    machine,
  });
}

/** The same for people: medians with their ranges, then what each item cost. */
export function toTable({ bench, unit, machine, cases, notes }: Report): string {
  const rates = [
    ['case', `ours (${unit})`, 'theirs', 'limit', 'ratio', 'of limit'],
    ...cases.map(({ case: name, ours, theirs, limit }) => [
      name,
      ranged(ours.rate),
      theirs ? ranged(theirs.rate) : '-',
      limit ? ranged(limit.rate) : '-',
      theirs ? `${(ours.rate.median / theirs.rate.median).toFixed(1)}x${areApart(ours.rate, theirs.rate) ? '' : ' (ranges overlap)'}` : '-',
      limit ? `${((100 * ours.rate.median) / limit.rate.median).toFixed(0)} %` : '-',
    ]),
  ];
  const costs = [
    ['case', 'who', 'CPU-ms each', 'p50 ms', 'p99 ms'],
    ...cases.flatMap(({ case: name, ours, theirs, limit }) =>
      Object.entries({ ours, theirs, limit }).flatMap(([who, measured]) =>
        measured
          ? [[name, who, ranged(measured.cpuMs), measured.p50 ? ranged(measured.p50) : '-', measured.p99 ? ranged(measured.p99) : '-']]
          : [],
      ),
    ),
  ];
  return [`${bench}: median [least to most]`, columns(rates), columns(costs), machine, ...notes].join('\n\n');
}

function ranged({ median, least, most }: Spread): string {
  return `${short(median)} [${short(least)} to ${short(most)}]`;
}

function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
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
