import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { problemsOf } from './describe-metrics.js';
import { generated } from './generated.js';
import { type Metric, readMetrics } from './read-metrics.js';

const ROOT = resolve(import.meta.dirname, '../../..');
const metrics = readMetrics(ROOT);

/** Reads the metrics of one made-up file of libs/service. */
function readFrom(text: string): Metric[] {
  const root = mkdtempSync(join(tmpdir(), 'turnpike-metrics-'));
  try {
    for (const folder of ['apps', 'libs/service/src']) mkdirSync(join(root, folder), { recursive: true });
    const file = join(root, 'libs/service/src/made-up.metrics.ts');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return readMetrics(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

describe('what is generated from the sources', () => {
  it('is true: docs/metrics.md and the dashboard are what `npm run metrics` writes', async () => {
    for (const [path, text] of await generated(ROOT))
      expect({ path, text: readFileSync(join(ROOT, path), 'utf8') }).toEqual({ path, text });
  });

  it('names every metric once, as the field does, with labels of few values', () => {
    expect(problemsOf(metrics)).toEqual([]);
    expect(metrics.length).toBeGreaterThan(45);
  });

  it('misses none: every name of a metric between quotes in the sources was read', () => {
    const names = new Set(metrics.map(({ name }) => name));
    const sources = ['apps', 'libs'].flatMap((folder) =>
      globSync(`${folder}/**/*.ts`, { cwd: ROOT, exclude: (path) => /node_modules|\.spec\.ts$|\.suite\.ts$|testing/.test(path) }),
    );
    const quoted = sources.flatMap((path) => [...readFileSync(join(ROOT, path), 'utf8').matchAll(/name: '(turnpike_[a-z_]+)'/g)]);
    expect(quoted.length).toBeGreaterThan(45);
    expect(quoted.flatMap(([, name = '']) => (names.has(name) ? [] : name))).toEqual([]);
  });
});

describe('the reader of sources', () => {
  it('sees counters, gauges, histograms and measured ones, with constants put in', () => {
    const read = readFrom(`
      const MOST = 100_000;
      const topic = ['topic'] as const;
      new Counter({ name: 'turnpike_a_total', help: 'Counts a.', labelNames: topic, registers });
      new Histogram({ name: 'turnpike_b_seconds', help: \`Up to \${MOST}.\`, registers });
      measured.gauge({ name: 'turnpike_c', help: 'Is c.', labelNames: ['x', 'y'] });
      new Gauge({ name: 'not_ours', help: 'No.' });`);
    expect(read.map(({ name, kind, help, labels }) => [name, kind, help, labels])).toEqual([
      ['turnpike_a_total', 'counter', 'Counts a.', ['topic']],
      ['turnpike_b_seconds', 'histogram', 'Up to 100,000.', []],
      ['turnpike_c', 'gauge', 'Is c.', ['x', 'y']],
    ]);
  });

  it.each([
    [`new Counter({ name: 'turnpike_things', help: 'Counts things.' })`, 'ends in _total exactly if it is a counter'],
    [`new Gauge({ name: 'turnpike_wait_ms', help: 'Waits so long.' })`, 'has no base unit'],
    [`new Histogram({ name: 'turnpike_wait', help: 'Waits so long.' })`, 'has no unit at its end'],
    [`new Gauge({ name: 'turnpike_wait', help: 'waits' })`, 'help is a sentence'],
    [`new Gauge({ name: 'turnpike_wait', help: 'Waits so long.', labelNames: ['organization'] })`, 'has the label organization'],
  ])('refuses %s', (text, problem) => {
    expect(problemsOf(readFrom(text)).join()).toContain(problem);
  });
});
