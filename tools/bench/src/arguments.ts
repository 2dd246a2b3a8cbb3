import { parseArgs } from 'node:util';

export const BENCHES = ['ingest', 'apply', 'check', 'relay', 'consume'] as const;
export type BenchName = (typeof BENCHES)[number];

/** What was asked for on the command line. */
export type Wish =
  | { readonly ask: 'run'; readonly bench: BenchName; readonly json: boolean; readonly short: boolean }
  | { readonly ask: 'list' }
  | { readonly ask: 'usage'; readonly because: string };

export const USAGE = `npm run bench -- <name> [--json] [--short]
  ${BENCHES.join(', ')}   (--list prints these)
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
    const bench = BENCHES.find((one) => one === name);
    if (!bench || others.length > 0)
      return { ask: 'usage', because: name === undefined ? 'Which one?' : `There is no benchmark "${positionals.join(' ')}".` };
    return { ask: 'run', bench, json: values.json ?? false, short: values.short ?? false };
  } catch (error) {
    return { ask: 'usage', because: error instanceof Error ? error.message : String(error) };
  }
}
