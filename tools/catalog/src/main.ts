/** `npm run catalog -- apply catalog.json`: makes the catalog what a file declares. */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { applyCatalog, toLines } from './apply-catalog.js';

const DEFAULT_URL = 'http://127.0.0.1:8080';
const USAGE = `Makes the catalog what a file declares: plans that differ get a new published version. The same file again changes nothing.

  TURNPIKE_API_KEY=… npm run catalog -- apply <file> [options]

Options
  --dry-run      only says what it would do
  --json         one line of JSON instead of text
  --url <url>    where Turnpike runs; ${DEFAULT_URL} unless told

The API key is of one environment, and so is the catalog. An example is examples/catalog.json.
Ends with 0 when all is well, 1 when it could not be done, 2 when asked wrongly.
`;

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'dry-run': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      url: { type: 'string', default: DEFAULT_URL },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
  const [verb, file, ...more] = positionals;
  if (verb !== 'apply' || file === undefined || more.length > 0) throw new TypeError('Say which file to apply.');
  if (!URL.canParse(values.url)) throw new TypeError(`"${values.url}" is no URL.`);
  const apiKey = process.env['TURNPIKE_API_KEY'];
  if (!apiKey) throw new TypeError('Put an API key into TURNPIKE_API_KEY.');
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Error(`${file} cannot be read.`);
  });
  const applied = await applyCatalog({ url: values.url, apiKey }, text, values['dry-run']);
  process.stdout.write(values.json ? `${JSON.stringify(applied)}\n` : `${toLines(applied).join('\n')}\n`);
} catch (error) {
  const isUsage = error instanceof TypeError;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${isUsage ? `\n${USAGE}` : ''}`);
  process.exitCode = isUsage ? 2 : 1;
}
