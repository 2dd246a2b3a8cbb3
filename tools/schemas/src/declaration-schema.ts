import { readFile, writeFile } from 'node:fs/promises';
import { DeclarationFile } from '@turnpike/service';
import { z } from 'zod';

/** The JSON Schema of the declared file, for editors: `"$schema": "…/docs/declaration.schema.json"`. */
function declarationSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(DeclarationFile, { io: 'input' }), null, 2)}\n`;
}

export async function writeDeclarationSchema(path: string): Promise<void> {
  await writeFile(path, declarationSchema());
}

/** @returns what is wrong, in sentences; empty when the file is what the sources say */
export async function checkDeclarationSchema(path: string): Promise<string[]> {
  const written = await readFile(path, 'utf8').catch(() => null);
  return written === declarationSchema() ? [] : [`${path} is not what libs/service/src/declaration.ts says. Run: npm run schemas`];
}
