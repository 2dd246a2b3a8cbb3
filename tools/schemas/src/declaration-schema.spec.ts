import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { checkDeclarationSchema, writeDeclarationSchema } from './declaration-schema.js';

describe('the schema of the declared file', () => {
  it('passes as written, and fails when it is missing or edited', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'declaration-'));
    const path = join(folder, 'declaration.schema.json');
    try {
      expect(await checkDeclarationSchema(path)).toHaveLength(1);
      await writeDeclarationSchema(path);
      expect(await checkDeclarationSchema(path)).toEqual([]);
      await writeFile(path, '{}');
      expect(await checkDeclarationSchema(path)).toHaveLength(1);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
