/** `npm run metrics` writes docs/metrics.md and deploy/grafana/turnpike.json from the sources. `-- --check` fails when they differ. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { generated } from './generated.js';

const root = resolve(import.meta.dirname, '../../..');
const { values } = parseArgs({ options: { check: { type: 'boolean' } } });

const untrue: string[] = [];
const files = await generated(root);
for (const [path, text] of files) {
  const file = resolve(root, path);
  if (!values.check) writeFileSync(file, text);
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== text)
    untrue.push(`${path} is not what the sources say. Run: npm run metrics`);
}
for (const problem of untrue) console.error(problem);
if (untrue.length > 0) process.exitCode = 1;
else console.log(`${[...files.keys()].join(', ')} ${values.check ? 'checked' : 'written'}.`);
