import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { KINDS } from './parts.js';

const FileReport = z.object({
  file: z.string(),
  isOverRecordings: z.boolean(),
  passed: z.int(),
  failed: z.int(),
  skipped: z.int(),
  seconds: z.number(),
});

const TestTime = z.object({ name: z.string(), file: z.string(), seconds: z.number() });
export type TestTime = z.infer<typeof TestTime>;

/** What one Jest run left behind (tools/test-report/reporter.mjs). */
export const RunReport = z.object({ kind: z.enum(KINDS), files: z.array(FileReport), slowest: z.array(TestTime) });
export type RunReport = z.infer<typeof RunReport>;

/** Tests of one kind, over all runs. */
export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Passed tests over recordings that are not in the repository: they never count. */
  readonly overRecordings: number;
}

/**
 * What the run over all projects left behind; null when there was none. Somebody who runs a project's tests by hand meanwhile leaves a report of
 * that project, and those tests would count twice.
 * @param folder where the kinds' folders lie
 */
export function readReport(folder: string, kind: string): RunReport | null {
  const file = join(folder, kind, 'everything.json');
  return existsSync(file) ? RunReport.parse(JSON.parse(readFileSync(file, 'utf8'))) : null;
}

export function countOf(report: RunReport | null): Count {
  const count = { passed: 0, failed: 0, skipped: 0, overRecordings: 0 };
  for (const { passed, failed, skipped, isOverRecordings } of report?.files ?? []) {
    if (isOverRecordings) count.overRecordings += passed;
    else count.passed += passed;
    count.failed += failed;
    count.skipped += skipped;
  }
  return count;
}

/** The slowest first. */
export function slowestOf(reports: readonly RunReport[], howMany: number): TestTime[] {
  const tests = reports.flatMap((report) => report.slowest);
  return tests.sort((a, b) => b.seconds - a.seconds).slice(0, howMany);
}
