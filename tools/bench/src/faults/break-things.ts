import { FAULT_NAMES, faults } from './faults.js';
import { isKept, toFaultLine, toFaultTable } from './fault-report.js';
import { stopEveryPostgres } from './own-postgres.js';

/** @returns the exit code: 1 when a promise was broken, 2 when a name was not understood */
export async function breakThings({ only, json, short }: { only: readonly string[]; json: boolean; short: boolean }): Promise<number> {
  const unknown = only.find((name) => !FAULT_NAMES.includes(name));
  if (unknown !== undefined) {
    process.stderr.write(`There is no fault "${unknown}". There are ${FAULT_NAMES.join(', ')}.\n`);
    return 2;
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void stopEveryPostgres().finally(() => process.exit(130)));
  const report = await faults(only, short, (line) => process.stderr.write(`${line}\n`));
  process.stdout.write(`\n${toFaultTable(report)}\n`);
  if (json) process.stdout.write(`${toFaultLine(report)}\n`);
  return report.cases.every(isKept) ? 0 : 1;
}
