import { parseArgs } from 'node:util';

export const BENCHES = ['ingest', 'apply', 'freshness', 'check', 'relay', 'consume', 'converge'] as const;
export type BenchName = (typeof BENCHES)[number];

/** Broken parts instead of rates: rows of the table of faults, or single ones (faults/faults.ts); all when none is named. */
const FAULTS = 'faults';

/** What was asked for on the command line. */
export type Wish =
  | { readonly ask: 'break'; readonly only: readonly string[]; readonly json: boolean; readonly short: boolean }
  | { readonly ask: 'run'; readonly bench: BenchName; readonly json: boolean; readonly short: boolean }
  | { readonly ask: 'list' }
  | { readonly ask: 'usage'; readonly because: string };

export const USAGE = `npm run bench -- <name> [--json] [--short]
  ${BENCHES.join(', ')}   (--list prints these)
npm run bench -- faults [r2 r3 r4 r5, or a single one] [--json] [--short]   ends with 1 when a promise is broken
  --json    one last line for machines
  --short   two rounds of two seconds each instead of five of three: to see that it runs, not to be quoted`;

export function readArguments(words: readonly string[]): Wish {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { json: { type: 'boolean' }, short: { type: 'boolean' }, list: { type: 'boolean' } },
    });
    if (values.list) return { ask: 'list' };
    const [name, ...others] = positionals;
    if (name === FAULTS) return { ask: 'break', only: others, json: values.json ?? false, short: values.short ?? false };
    const bench = BENCHES.find((one) => one === name);
    if (!bench || others.length > 0)
      return { ask: 'usage', because: name === undefined ? 'Which one?' : `There is no benchmark "${positionals.join(' ')}".` };
    return { ask: 'run', bench, json: values.json ?? false, short: values.short ?? false };
  } catch (error) {
    return { ask: 'usage', because: error instanceof Error ? error.message : String(error) };
  }
}
