import { resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { ROWS, toGrafana } from './dashboard.js';
import { describeMetrics } from './describe-metrics.js';
import { readMetrics } from './read-metrics.js';

/** The files that are made from the sources of a checkout, by their path in it. */
export async function generated(root: string): Promise<Map<string, string>> {
  const formatted = async (path: string, text: string, parser: 'markdown' | 'json') =>
    [path, await format(text, { ...(await resolveConfig(resolve(root, path))), parser })] as const;
  return new Map([
    await formatted('docs/metrics.md', describeMetrics(readMetrics(root)), 'markdown'),
    await formatted('deploy/grafana/turnpike.json', JSON.stringify(toGrafana(ROWS)), 'json'),
  ]);
}
