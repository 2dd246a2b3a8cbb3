import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { ROOT } from './folders.js';
import { LINT, NX } from './parts.js';
import { projectsOf } from './projects.js';
import { environmentOfParts } from './run-part.js';

/**
 * Nx skips its boundary rule, and is green, where it has no project graph; and a target that no project has is green, too. So this plants
 * imports that must not be, and runs the very command that `npm test` runs. It works on a copy, so that nobody's checkout is touched.
 */
describe('the lint of npm test', () => {
  let copy: string;
  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'lint-awake-'));
    for (const name of readdirSync(ROOT).filter((entry) => !['node_modules', '.nx', '.git', '.turnpike'].includes(entry))) {
      cpSync(join(ROOT, name), join(copy, name), { recursive: true, filter: (source) => basename(source) !== 'node_modules' });
    }
    linkPackages();
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  /** As npm would lay them out: the packages of others are borrowed, ours are the copy's. Nx draws no arrow to a package that lies elsewhere. */
  function linkPackages(): void {
    const packages = join(copy, 'node_modules');
    mkdirSync(join(packages, '@turnpike'), { recursive: true });
    for (const name of readdirSync(join(ROOT, 'node_modules'))) {
      if (name !== '@turnpike') symlinkSync(join(ROOT, 'node_modules', name), join(packages, name));
    }
    for (const { folder } of projectsOf(copy)) {
      const { name } = NamedPackage.parse(JSON.parse(readFileSync(join(copy, folder, 'package.json'), 'utf8')));
      symlinkSync(join(copy, folder), join(packages, name));
    }
  }

  function lint(): { status: number | null; output: string } {
    rmSync(join(copy, '.nx'), { recursive: true, force: true });
    return run(LINT);
  }

  function run(command: readonly string[]): { status: number | null; output: string } {
    // What the surrounding Nx and Jest say to their children must not reach these.
    const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(NX_|JEST_|TEST_)/.test(name)));
    const { status, stdout, stderr } = spawnSync(process.execPath, command.slice(1), {
      cwd: copy,
      encoding: 'utf8',
      env: { ...environmentOfParts(environment), NO_COLOR: '1', FORCE_COLOR: '0' },
    });
    return { status, output: `${stdout}${stderr}` };
  }

  it('refuses each import that must not be, where Nx knows nothing yet', () => {
    plant('apps/gateway/src/planted.ts', `export { customers } from '@turnpike/customers';`);
    plant('apps/customers/src/planted.ts', `export { Kafka } from 'kafkajs';\nexport { Client } from 'pg';`);
    plant('apps/customers/src/planted-path.ts', `export { partitionOf } from '../../../libs/contracts/events/src/partition.js';`);
    plant(
      'libs/contracts/events/src/planted.ts',
      `export { MikroORM } from '@mikro-orm/core';\nexport { freePort } from '@turnpike/free-port';`,
    );
    plant('libs/service/src/planted.ts', `export { openRoad } from '@turnpike/messaging';\nexport { aWorld } from '@turnpike/testing';`);
    plant('tools/story/src/planted.ts', `export { Log } from '@turnpike/service';\nexport { Client } from 'pg';`);
    const planted = lint();
    expect(planted.status).not.toBe(0);
    expect(problemsIn(planted.output)).toMatchObject({
      'apps/gateway/src/planted.ts': [expect.stringContaining('Imports of apps are forbidden')],
      'apps/customers/src/planted.ts': [
        expect.stringContaining('"type:service" is not allowed to import "kafkajs"'),
        expect.stringContaining('"type:service" is not allowed to import "pg"'),
      ],
      'apps/customers/src/planted-path.ts': [expect.stringContaining('cannot be imported by a relative or absolute path')],
      'libs/contracts/events/src/planted.ts': [
        expect.stringContaining('"type:contract" is not allowed to import "@mikro-orm/core"'),
        expect.stringContaining('"type:contract" can only depend on libs tagged with "type:contract"'),
      ],
      'libs/service/src/planted.ts': [
        expect.stringContaining('Circular dependency'),
        expect.stringContaining('"type:kit" can only depend on'),
      ],
      'tools/story/src/planted.ts': [
        expect.stringContaining('"type:story" cannot depend on any libs with tags'),
        expect.stringContaining('"type:story" is not allowed to import "pg"'),
      ],
    });
  }, 300_000);

  it('reaches every project: each has the three targets, with a command of its own', () => {
    const file = join(copy, 'graph.json');
    expect(run([...NX, 'graph', `--file=${file}`]).status).toBe(0);
    const { graph } = Graph.parse(JSON.parse(readFileSync(file, 'utf8')));
    expect(Object.keys(graph.nodes).sort()).toEqual(
      projectsOf(copy)
        .map(({ name }) => name)
        .sort(),
    );
    for (const [name, { data }] of Object.entries(graph.nodes)) {
      for (const target of ['typecheck', 'lint', 'test']) {
        expect([name, target, data.targets[target]?.options.command ?? data.targets[target]?.command ?? 'none']).not.toContain('none');
      }
    }
    expect(graph.dependencies['messaging']?.map((to) => to.target)).toContain('service');
  });

  function plant(path: string, text: string): void {
    expect(existsSync(join(copy, path))).toBe(false);
    writeFileSync(join(copy, path), `${text}\n`);
  }

  /** ESLint's own listing: a line with the file, then a line per problem. */
  function problemsIn(output: string): Record<string, string[]> {
    const problems: Record<string, string[]> = {};
    let file = '';
    for (const line of output.split('\n')) {
      if (line.startsWith(copy)) file = line.slice(copy.length + 1).trim();
      else if (/^\s+\d+:\d+\s+error/.test(line)) (problems[file] ??= []).push(line.trim());
    }
    return problems;
  }
});

const NamedPackage = z.object({ name: z.string() });
const Target = z.object({ command: z.string().optional(), options: z.object({ command: z.string().optional() }) });
const Graph = z.object({
  graph: z.object({
    nodes: z.record(z.string(), z.object({ data: z.object({ targets: z.record(z.string(), Target) }) })),
    dependencies: z.record(z.string(), z.array(z.object({ target: z.string() }))),
  }),
});
