import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countOf, readReport, RunReport, slowestOf } from './counts.js';
import { ROOT } from './folders.js';

describe('the counts of a run', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'counts-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function leave(path: string, report: Partial<RunReport>): void {
    const file = join(folder, path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, JSON.stringify({ kind: 'unit', files: [], slowest: [], ...report }));
  }
  const aFile = { file: 'libs/a/src/a.spec.ts', isOverRecordings: false, passed: 3, failed: 0, skipped: 0, seconds: 1 };

  it('adds up the files of the run over all projects', () => {
    leave('unit/everything.json', { files: [aFile, aFile, { ...aFile, failed: 1, skipped: 2 }] });
    expect(countOf(readReport(folder, 'unit'))).toEqual({ passed: 9, failed: 1, skipped: 2, overRecordings: 0 });
  });

  it('keeps tests over recordings apart', () => {
    leave('unit/everything.json', { files: [aFile, { ...aFile, isOverRecordings: true }] });
    expect(countOf(readReport(folder, 'unit'))).toMatchObject({ passed: 3, overRecordings: 3 });
  });

  it('counts nothing that was run by hand beside it', () => {
    leave('postgres/everything.json', { kind: 'postgres', files: [aFile] });
    leave('postgres/libs/a.json', { kind: 'postgres', files: [aFile] });
    expect(countOf(readReport(folder, 'postgres'))).toMatchObject({ passed: 3 });
  });

  it('counts nothing where nothing ran', () => {
    expect(countOf(readReport(folder, 'kafka'))).toEqual({ passed: 0, failed: 0, skipped: 0, overRecordings: 0 });
  });

  it('refuses a report it cannot read', () => {
    leave('unit/everything.json', { files: [{ ...aFile, passed: 'many' } as never] });
    expect(() => readReport(folder, 'unit')).toThrow();
  });

  it('puts the slowest tests of all runs first', () => {
    const slow = (name: string, seconds: number) => ({ name, file: 'a.spec.ts', seconds });
    const reports: RunReport[] = [
      { kind: 'unit', files: [], slowest: [slow('b', 2)] },
      { kind: 'e2e', files: [], slowest: [slow('a', 3), slow('c', 1)] },
    ];
    expect(slowestOf(reports, 2).map((test) => test.name)).toEqual(['a', 'b']);
  });
});

describe('the reporter', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(ROOT, 'tools', 'workspace', 'planted-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('reports passed, failed and skipped tests, a file that cannot be loaded, and tests over recordings', () => {
    const test = (name: string, body: string) =>
      writeFileSync(join(folder, name), `import { expect, it } from '@jest/globals';\n${body}\n`);
    test('a.spec.ts', `it('is', () => {}); it('is not', () => { expect(1).toBe(2); }); it.skip('will be', () => {});`);
    test('b.spec.ts', `import './nowhere.js'; it('never runs', () => {});`);
    test('recorded-c.spec.ts', `it('was', () => {});`);

    const { status } = spawnSync(process.execPath, ['tools/jest.mjs', 'unit', folder], { cwd: ROOT, encoding: 'utf8' });
    expect(status).toBe(1);

    const path = join(ROOT, '.turnpike', 'test-report', 'unit', `${folder.slice(ROOT.length + 1)}.json`);
    const report = RunReport.parse(JSON.parse(readFileSync(path, 'utf8')));
    rmSync(path);
    expect(countOf(report)).toEqual({ passed: 1, failed: 2, skipped: 1, overRecordings: 1 });
    expect(report.slowest.map((test) => test.name)).toContain('is not');
  }, 60_000);
});
