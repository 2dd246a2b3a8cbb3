/**
 * `npm run schemas` writes libs/contracts/events/schemas and docs/declaration.schema.json from the sources. `-- --check` fails when they differ, or when a change breaks
 * what was released. `-- --release` makes today's contracts the ones to keep; it is part of making a release and of nothing else.
 */
import { TOPICS } from '@turnpike/contracts-events';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checkDeclarationSchema, writeDeclarationSchema } from './declaration-schema.js';
import { SchemaFiles } from './schema-files.js';

const { values } = parseArgs({ options: { check: { type: 'boolean' }, release: { type: 'boolean' } } });
const files = new SchemaFiles(TOPICS, resolve(import.meta.dirname, '../../../libs/contracts/events'));
const declaration = resolve(import.meta.dirname, '../../../docs/declaration.schema.json');

let problems: readonly string[] = [];
if (values.check) {
  const verdict = await files.check();
  for (const caution of verdict.cautions) console.warn(`caution: ${caution}`);
  problems = [...verdict.problems, ...(await checkDeclarationSchema(declaration))];
} else if (values.release) {
  problems = await files.release();
} else {
  await files.write();
  await writeDeclarationSchema(declaration);
}

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log(`${TOPICS.length} topics, ${values.check ? 'checked' : values.release ? 'released' : 'written'}.`);
