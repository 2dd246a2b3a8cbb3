/** Prints what the last `npm test` left in summary.json: where the minutes went, the ten slowest tests, the counts, and last the totals alone. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const path = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..', '..', '.turnpike', 'test-report', 'summary.json');
let summary;
try {
  summary = JSON.parse(readFileSync(path, 'utf8'));
} catch {
  console.log('npm test ended before it could count.');
  summary = { minutes: [], slowest: [], perKind: 'nothing ran', totals: '0 passed, 1 failed' };
}
console.log('\nMinutes');
for (const { name, minutes } of summary.minutes) console.log(`${minutes.toFixed(2).padStart(8)}  ${name}`);
console.log('\nThe ten slowest tests, in seconds');
for (const { name, file, seconds } of summary.slowest) console.log(`${seconds.toFixed(1).padStart(8)}  ${name} (${file})`);
console.log(`\n${summary.perKind}`);
console.log(summary.totals);
