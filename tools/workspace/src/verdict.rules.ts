import type { Count } from './counts.js';
import { KINDS, NAMES, type Kind } from './parts.js';

/** A part of a run and how it ended. */
export interface Outcome {
  readonly name: string;
  readonly kind: Kind | null;
  readonly isGreen: boolean;
  readonly seconds: number;
}

/** How many tests there are at least; `e2eWithoutKafka` replaces `e2e` where no Kafka can be started. */
export type Minimum = Readonly<Record<Kind | 'e2eWithoutKafka', number>>;

export interface Finding {
  readonly outcomes: readonly Outcome[];
  readonly counts: ReadonlyMap<Kind, Count>;
  /** Projects none of whose tests ran. */
  readonly silentProjects: readonly string[];
  readonly minimum: Minimum;
  /** Why no Kafka could be started here; null when one was. */
  readonly withoutKafka: string | null;
}

export interface Verdict {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What is wrong beside failed tests, a sentence each. */
  readonly faults: readonly string[];
  /** `12 passed, 0 failed`, and `, 1 skipped` where something was. */
  readonly totals: string;
  /** `unit 12, PostgreSQL 0, Kafka 0, e2e 0`. */
  readonly perKind: string;
}

/**
 * What a run came to. A command that failed without a failed test (types, lint, a server that did not start), a kind below its minimum and a
 * project without a passed test each count as one failure, so that `0 failed` means that all is well.
 */
export function verdictOn(finding: Finding): Verdict {
  const { outcomes, counts, silentProjects, withoutKafka } = finding;
  const faults = [
    ...outcomes
      .filter((outcome) => !outcome.isGreen && failedTests(counts, outcome.kind) === 0)
      .map((outcome) => `${outcome.name}: failed`),
    ...silentProjects.map((project) => `${project}: no test ran`),
    ...tooFew(finding),
  ];
  let passed = 0;
  let failed = faults.length;
  let skipped = 0;
  for (const count of counts.values()) {
    passed += count.passed + count.overRecordings;
    failed += count.failed;
    skipped += count.skipped;
  }
  const overRecordings = [...counts.values()].reduce((sum, count) => sum + count.overRecordings, 0);
  const perKind = KINDS.filter((kind) => counts.has(kind)).map((kind) => `${NAMES[kind]} ${counts.get(kind)?.passed ?? 0}`);
  if (withoutKafka !== null) perKind.push('without Kafka');
  if (overRecordings > 0) perKind.push(`and ${overRecordings} over recordings, which do not count`);
  return { passed, failed, skipped, faults, totals: totalsOf(passed, failed, skipped), perKind: perKind.join(', ') };
}

/** The one plain line that other programs read. */
export function totalsOf(passed: number, failed: number, skipped: number): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

function failedTests(counts: ReadonlyMap<Kind, Count>, kind: Kind | null): number {
  return kind === null ? 0 : (counts.get(kind)?.failed ?? 0);
}

function tooFew({ counts, minimum, withoutKafka }: Finding): string[] {
  const faults: string[] = [];
  for (const [kind, { passed }] of counts) {
    const least = withoutKafka === null ? minimum[kind] : leastWithoutKafka(kind, minimum);
    if (passed < least) faults.push(`${NAMES[kind]} tests: ${passed} passed, and tools/test-report/minimum.json asks for ${least}`);
  }
  return faults;
}

function leastWithoutKafka(kind: Kind, minimum: Minimum): number {
  if (kind === 'kafka') return 0;
  return kind === 'e2e' ? minimum.e2eWithoutKafka : minimum[kind];
}
