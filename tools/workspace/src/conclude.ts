import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { countOf, readReport, slowestOf, type Count, type RunReport } from './counts.js';
import { MINIMUM, REPORTS, ROOT, SUMMARY } from './folders.js';
import { KINDS, NAMES, type Kind } from './parts.js';
import { projectsOf } from './projects.js';
import { verdictOn, type Outcome, type Verdict } from './verdict.rules.js';

const MinimumFile = z.strictObject({ unit: z.int(), postgres: z.int(), kafka: z.int(), e2e: z.int(), e2eWithoutKafka: z.int() });
const TEN = 10;

/**
 * Counts what the parts left behind, prints it, and writes it to summary.json for .ci/run. The last line has the counts per kind, the
 * one before it the totals alone.
 */
export function conclude(outcomes: readonly Outcome[], how: { withoutKafka: string | null }): Verdict {
  const kinds = KINDS.filter((kind) => outcomes.some((outcome) => outcome.kind === kind));
  const reports = new Map(kinds.map((kind) => [kind, readReport(REPORTS, kind)] as const));
  const counts = new Map<Kind, Count>([...reports].map(([kind, report]) => [kind, countOf(report)] as const));
  const all = [...reports.values()].filter((report) => report !== null);
  const verdict = verdictOn({
    outcomes,
    counts,
    silentProjects: silentProjects(kinds, all),
    minimum: MinimumFile.parse(JSON.parse(readFileSync(MINIMUM, 'utf8'))),
    withoutKafka: how.withoutKafka,
  });
  const minutes = outcomes.map(({ name, seconds }) => ({ name, minutes: Math.round((seconds / 60) * 100) / 100 }));
  const slowest = slowestOf(all, TEN);
  mkdirSync(REPORTS, { recursive: true });
  writeFileSync(SUMMARY, `${JSON.stringify({ totals: verdict.totals, perKind: verdict.perKind, minutes, slowest }, null, 2)}\n`);

  console.log('\n── what it came to ──');
  console.log(minutes.map((part) => `${part.name} ${part.minutes} min`).join(', '));
  if (how.withoutKafka !== null) console.log(notRun(how.withoutKafka));
  for (const fault of verdict.faults) console.log(`FAILED  ${fault}`);
  console.log(verdict.totals);
  console.log(verdict.perKind);
  return verdict;
}

/** Nobody overlooks a line in capitals. */
function notRun(missing: string): string {
  return `NOT RUN: the ${NAMES.kafka} tests, and the ${NAMES.e2e} tests on Kafka. ${missing}`;
}

/** A project whose target did nothing is green for Nx; here it is not. Whole-system tests have no unit of their own. */
function silentProjects(kinds: readonly Kind[], reports: readonly RunReport[]): string[] {
  if (!kinds.includes('unit')) return [];
  const ran = reports.flatMap((report) => report.files).filter((file) => file.passed > 0);
  return projectsOf(ROOT)
    .filter(({ tags }) => kinds.includes('e2e') || !tags.includes('type:e2e'))
    .filter(({ folder }) => !ran.some(({ file }) => file.startsWith(`${folder}/`)))
    .map(({ name }) => name);
}
