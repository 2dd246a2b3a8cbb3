/**
 * Writes what one Jest run did to `.turnpike/test-report/<kind>/<folder>.json`, so that `npm test` can count over all runs. Under Nx the file
 * is an output of the target: a unit run that came from the cache brings its counts along.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const SLOWEST = 10;

export function reportPath(kind, folder) {
  return join(root, '.turnpike', 'test-report', kind, `${relative(root, folder) || 'everything'}.json`);
}

/** Tests over recordings that are not in the repository prove nothing where those are absent: they never count (CONTRIBUTING.md). */
function isOverRecordings(file) {
  return basename(file).startsWith('recorded-');
}

function toFile(result) {
  const file = relative(root, result.testFilePath);
  return {
    file,
    isOverRecordings: isOverRecordings(file),
    passed: result.numPassingTests,
    // A file that could not even be loaded has no test to fail.
    failed: result.numFailingTests + (result.testExecError && result.numFailingTests === 0 ? 1 : 0),
    skipped: result.numPendingTests + result.numTodoTests,
    seconds: (result.perfStats.end - result.perfStats.start) / 1000,
  };
}

function toTest(result, test) {
  return { name: test.fullName, file: relative(root, result.testFilePath), seconds: (test.duration ?? 0) / 1000 };
}

export default class TestReport {
  onRunComplete(_contexts, { testResults }) {
    const kind = process.env.TEST_KIND ?? 'unit';
    const files = testResults.map(toFile).sort((a, b) => a.file.localeCompare(b.file));
    const slowest = testResults
      .flatMap((result) => result.testResults.map((test) => toTest(result, test)))
      .sort((a, b) => b.seconds - a.seconds)
      .slice(0, SLOWEST);
    const path = reportPath(kind, process.env.TEST_ROOT ?? root);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${JSON.stringify({ kind, files, slowest }, null, 2)}\n`);
  }
}
