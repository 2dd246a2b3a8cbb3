/** `npm run flow` writes docs/flow.md from the sources. `-- --check` fails when it differs, or when the sources cross the road's rules. */
import * as contracts from '@turnpike/contracts-events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { drawFlow } from './draw-flow.js';
import { type FlowTopic, problemsOf, readApps } from './read-app.js';

const root = resolve(import.meta.dirname, '../../..');
const page = resolve(root, 'docs/flow.md');
const { values } = parseArgs({ options: { check: { type: 'boolean' } } });

const topics: readonly FlowTopic[] = contracts.TOPICS;
const exported = Object.entries<unknown>({ ...contracts });
const byExport = new Map(
  exported.flatMap(([name, value]): Array<[string, FlowTopic]> => topics.filter((topic) => topic === value).map((topic) => [name, topic])),
);

const apps = readApps(resolve(root, 'apps'), byExport);
const text = await format(drawFlow(apps, topics), { ...(await resolveConfig(page)), parser: 'markdown' });
const problems = problemsOf(apps, topics);

if (!values.check) {
  mkdirSync(dirname(page), { recursive: true });
  writeFileSync(page, text);
} else if (!existsSync(page) || readFileSync(page, 'utf8') !== text) {
  problems.push('docs/flow.md is not what the sources say. Run: npm run flow');
}

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log(`${apps.length} apps, ${topics.length} topics, ${values.check ? 'checked' : 'drawn'}.`);
