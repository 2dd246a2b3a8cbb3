import { describe, expect, it } from '@jest/globals';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from './folders.js';
import { projectsOf } from './projects.js';

/** The files that a tsconfig.json takes in, from the checkout. */
function filesOf(folder: string): string[] {
  const path = join(ROOT, folder, 'tsconfig.json');
  const { config, error } = ts.readConfigFile(path, ts.sys.readFile);
  expect(error).toBeUndefined();
  return ts.parseJsonConfigFileContent(config, ts.sys, join(ROOT, folder)).fileNames.map((file) => file.slice(ROOT.length + 1));
}

describe('the check of types', () => {
  const everything = new Set(filesOf('.'));

  it.each(projectsOf(ROOT).map(({ folder }) => [folder]))('reaches every file of %s, in the whole and by itself', (folder) => {
    const files = globSync('src/**/*.ts', { cwd: join(ROOT, folder) }).map((file) => `${folder}/${file}`);
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((file) => !everything.has(file))).toEqual([]);
    expect(filesOf(folder).sort()).toEqual(files.sort());
  });

  it('is strict', () => {
    const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.base.json'), ts.sys.readFile);
    expect(config.compilerOptions).toMatchObject({ strict: true, noUncheckedIndexedAccess: true, noEmit: true });
    for (const folder of ['.', ...projectsOf(ROOT).map((project) => project.folder)]) {
      const { config: own } = ts.readConfigFile(join(ROOT, folder, 'tsconfig.json'), ts.sys.readFile);
      expect([folder, own.compilerOptions ?? {}]).toEqual([folder, {}]);
    }
  });
});
