import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { projectsOf } from './projects.js';

describe('the projects of a workspace', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'projects-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function write(path: string, content: object): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), JSON.stringify(content));
  }
  const aPackage = (name: string) => ({ nx: { name, tags: ['type:tool'] } });

  it('are the packages that the root names, without those that it leaves out', () => {
    write('package.json', { workspaces: ['apps/*', 'libs/*', 'libs/contracts/*', 'tools/*', '!tools/bench'] });
    for (const folder of ['tools/bench', 'tools/flow', 'libs/contracts/events', 'libs/stripe', 'elsewhere/x'])
      write(`${folder}/package.json`, aPackage(folder));
    mkdirSync(join(root, 'apps/soon'), { recursive: true });

    expect(projectsOf(root)).toEqual(
      ['libs/contracts/events', 'libs/stripe', 'tools/flow'].map((folder) => ({ name: folder, tags: ['type:tool'], folder })),
    );
  });

  it('cannot do without a name and tags for Nx', () => {
    write('package.json', { workspaces: ['tools/*'] });
    write('tools/x/package.json', { name: 'x' });

    expect(() => projectsOf(root)).toThrow();
  });
});
