import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readAlerts } from './alerts.js';
import { type Expression, metricsNamed, parsePromql, selectorsIn } from './promql.js';
import { readMetrics } from './read-metrics.js';
import { ROWS, toGrafana } from './dashboard.js';

const ROOT = resolve(import.meta.dirname, '../../..');
const alerts = readAlerts(ROOT);
const metrics = readMetrics(ROOT);
const HEADINGS = ['What it means', 'How to see it', 'What to do now', 'What not to do', 'How to tell that it is over'];

/** The series that a scrape shows for our metrics, with their labels; and those of Node's own exporter that we use. */
const SERIES = new Map<string, readonly string[]>([
  ...metrics.flatMap(({ name, kind, labels }) =>
    kind === 'histogram'
      ? ['_bucket', '_sum', '_count'].map((end) => [`${name}${end}`, [...labels, 'le']] as const)
      : [[name, labels] as const],
  ),
  ['process_resident_memory_bytes', []],
]);
/** Those that every sample has: of the service, of the front door, of Prometheus. */
const EVERYWHERE = ['service', 'replica', 'instance', 'job'];

function labelsAsked(expression: Expression): string[] {
  return selectorsIn(expression).flatMap(({ metric, matchers }) =>
    matchers
      .filter(({ label }) => !EVERYWHERE.includes(label) && !(SERIES.get(metric) ?? []).includes(label))
      .map(({ label }) => `${metric} has no label ${label}`),
  );
}

describe.each(alerts.map((alert) => [alert.alert, alert] as const))('%s', (name, { expr, annotations }) => {
  it('is PromQL about metrics and labels that there are', () => {
    const expression = parsePromql(expr);
    expect(metricsNamed(expression).filter((metric) => !SERIES.has(metric))).toEqual([]);
    expect(labelsAsked(expression)).toEqual([]);
  });

  it('tells in its summary only labels that are left of its expression', () => {
    const told = [...annotations.summary.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label ?? '');
    const kept = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(',').map((label) => label.trim()));
    expect(told.filter((label) => !kept.includes(label) && !(EVERYWHERE.includes(label) && kept.length === 0))).toEqual([]);
  });

  it('has a page that says what it means, how to see it, what to do, what not, and when it is over', () => {
    expect(annotations.runbook_url).toBe(`docs/runbooks/${name}.md`);
    const page = readFileSync(join(ROOT, annotations.runbook_url), 'utf8');
    expect(page.split('\n', 1)[0]).toBe(`# ${name}`);
    expect([...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)).toEqual(HEADINGS);
    expect(page).toContain(`\`${expr}\``);
    for (const [index, heading] of HEADINGS.entries()) {
      const text = page.slice(page.indexOf(`## ${heading}`) + heading.length + 3).split('\n## ', 1)[0] ?? '';
      expect({ heading, isEmpty: text.trim().length < 20, index }).toEqual({ heading, isEmpty: false, index });
    }
  });
});

describe('the alerts', () => {
  it('have a page each, and every page its alert', () => {
    const pages = readdirSync(join(ROOT, 'docs/runbooks')).filter((file) => file !== 'README.md');
    expect(pages.sort()).toEqual(alerts.map(({ alert }) => `${alert}.md`).sort());
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
  });

  it('name in their pages only metrics that there are', () => {
    const text = ['docs/operating.md', ...alerts.map(({ annotations }) => annotations.runbook_url)]
      .map((path) => readFileSync(join(ROOT, path), 'utf8'))
      .join('\n');
    const named = new Set([...text.matchAll(/\bturnpike_[a-z_]*[a-z]\b/g)].map(([metric]) => metric));
    const families = new Set(metrics.map((metric) => metric.name));
    // Databases and roles are called alike: turnpike_<service>, turnpike_<service>_infra.
    const roles = /^turnpike_(bus|catalog|connections|customers|entitlements|gateway|notifications|organizations|payments)?(_infra)?$/;
    expect([...named].filter((name) => !SERIES.has(name) && !families.has(name) && !roles.test(name))).toEqual([]);
  });

  it('lead from the list of runbooks to each page', () => {
    const list = readFileSync(join(ROOT, 'docs/runbooks/README.md'), 'utf8');
    expect(alerts.filter(({ alert }) => !list.includes(`[${alert}](${alert}.md)`))).toEqual([]);
  });
});

describe('the dashboard', () => {
  const curves = ROWS.flatMap(({ panels }) =>
    panels.flatMap(({ title, curves: shown }) => shown.map(({ expr, legend }) => [title, expr, legend] as const)),
  );

  it.each(curves)('shows in "%s" what there is: %s', (_, expr, legend) => {
    // Grafana fills its variables in before Prometheus sees the text.
    const expression = parsePromql(expr.replaceAll('"$service"', '".*"'));
    expect(metricsNamed(expression).filter((metric) => !SERIES.has(metric))).toEqual([]);
    expect(labelsAsked(expression)).toEqual([]);
    const asked = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label ?? '');
    const grouped = /\bby \(([^)]*)\)/.test(expr);
    const kept = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(',').map((label) => label.trim()));
    const possible = grouped ? kept : [...EVERYWHERE, ...metricsNamed(expression).flatMap((metric) => SERIES.get(metric) ?? [])];
    expect(asked.filter((label) => !possible.includes(label))).toEqual([]);
  });

  it('has the shape that Grafana reads: panels with ids of their own that lie beside each other', () => {
    const { panels } = toGrafana(ROWS);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Set<string>();
    for (const { gridPos } of panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.has(`${x}/${y}`)).toBe(false);
          taken.add(`${x}/${y}`);
        }
    }
    expect(ROWS.map(({ title }) => title)).toHaveLength(7);
  });
});
