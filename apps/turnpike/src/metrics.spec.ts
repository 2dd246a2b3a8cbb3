import { describe, expect, it } from '@jest/globals';
import { Counter, Histogram, Registry } from 'prom-client';
import { mergeMetrics } from './metrics.js';

describe('metrics of many services on one page', () => {
  it('explain each name once and keep every sample', async () => {
    const pages = await Promise.all(['gateway', 'customers'].map((service) => aRegistry(service).metrics()));
    const page = mergeMetrics(pages);
    const lines = page.split('\n');
    expect(lines.filter((line) => line === '# TYPE turnpike_things_total counter')).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith('# HELP turnpike_seconds '))).toHaveLength(1);
    expect(page).toContain('turnpike_things_total{service="gateway"} 2');
    expect(page).toContain('turnpike_things_total{service="customers"} 2');
  });

  it('keep a family in one piece, as scrapers ask', async () => {
    const pages = await Promise.all(['gateway', 'customers'].map((service) => aRegistry(service).metrics()));
    const families = mergeMetrics(pages)
      .split('\n')
      .filter(Boolean)
      .map((line) => /^(?:# \w+ )?(turnpike_(?:things_total|seconds))/.exec(line)?.[1]);
    expect(families.filter((family, index) => family !== families[index - 1])).toEqual(['turnpike_things_total', 'turnpike_seconds']);
  });

  it('lose no sample of any page', async () => {
    const pages = await Promise.all(['gateway', 'customers'].map((service) => aRegistry(service).metrics()));
    const samples = (text: string) =>
      text
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'))
        .sort();
    expect(samples(mergeMetrics(pages))).toEqual(pages.flatMap(samples).sort());
  });

  it('leave out a service that gave nothing', () => {
    expect(mergeMetrics(['', '# TYPE a counter\na 1\n'])).toBe('# TYPE a counter\na 1\n');
  });
});

function aRegistry(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  new Counter({ name: 'turnpike_things_total', help: 'Things.', registers: [registry] }).inc(2);
  new Histogram({ name: 'turnpike_seconds', help: 'Seconds.', buckets: [0.1, 1], registers: [registry] }).observe(0.5);
  return registry;
}
