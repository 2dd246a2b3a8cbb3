/** `npm run bench -- <name>`: measures Turnpike beside others on this machine (docs/performance.md). */
import { apply } from './apply/apply.js';
import { BENCHES, readArguments, USAGE } from './arguments.js';
import { breakThings } from './faults/break-things.js';
import { check } from './check/check.js';
import { consume } from './consume/consume.js';
import { converge } from './converge/converge.js';
import { freshness } from './freshness/freshness.js';
import { ingest } from './ingest/ingest.js';
import { CORES, pin } from './machine.js';
import { relay } from './relay/relay.js';
import { toJsonLine, toTable } from './report.js';
import { FULL, SHORT } from './rounds.js';

const wish = readArguments(process.argv.slice(2));
if (wish.ask === 'list') {
  process.stdout.write(`${[...BENCHES, 'faults'].join('\n')}\n`);
} else if (wish.ask === 'usage') {
  process.stderr.write(`${wish.because}\n${USAGE}\n`);
  process.exitCode = 2;
} else if (wish.ask === 'break') {
  process.exitCode = await breakThings(wish);
} else {
  const benches = { ingest, apply, freshness, consume, converge, check, relay };
  pin(process.pid, CORES.load);
  try {
    const report = await benches[wish.bench](wish.short ? SHORT : FULL, (line) => process.stderr.write(`${line}\n`));
    process.stdout.write(`\n${toTable(report)}\n`);
    if (wish.json) process.stdout.write(`${toJsonLine(report)}\n`);
  } catch (error) {
    process.stderr.write(`${wish.bench} could not be measured: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  }
}
