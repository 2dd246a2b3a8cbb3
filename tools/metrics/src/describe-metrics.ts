import type { Metric } from './read-metrics.js';

/** The sources in the order in which one looks, and what they are called. The longest path that fits wins. */
const GROUPS: ReadonlyArray<readonly [path: string, title: string]> = [
  ['libs/service/', 'Every service'],
  ['libs/messaging/', 'The road'],
  ['apps/gateway/', 'The gateway'],
  ['libs/mirror/', "Stripe's objects"],
  ['libs/stripe/', 'Requests to Stripe'],
  ['libs/jobs/', 'Jobs'],
  ['apps/notifications/', 'Mail'],
  ['apps/turnpike/', 'npm start'],
];

const HEAD = `# Metrics

\`npm run metrics\` writes this page from the sources; a test says when it is not true.

\`GET /metrics\` of each service, in Prometheus' text format, without a key: it names no organization, no customer and no id of Stripe's. The front door of
\`npm start\` shows those of all services as one page. Every sample has the label \`service\`; behind the front door replicas have \`replica\`. Times are seconds, sizes bytes;
what ends in \`_total\` only rises while its process lives. Node's own (\`process_…\`, \`nodejs_…\`) stand beside them, once for each process.

**What a scrape costs.** Counters and pools are read from memory. Gauges of the database are asked for when somebody scrapes, at most once in five seconds however many
scrape (sizes: once a minute): six to ten small statements for each service, and for each topic that it hears one question for its place and one to the log for its ends. The
page of all eight services after the story has 1,800 lines, 175 KB; on two busy cores it took 0.05 to 0.1 s out of memory, and 0.2 to 0.5 s asked anew. A database that does not answer within 3 s leaves its gauges
out: no samples rather than old ones. Every 15 s is a good interval.

A gauge that a service reads from its database is the same from each of its replicas: \`max by (service)\`, never \`sum\`. Alerts on these: [alerts.yaml](../deploy/prometheus/alerts.yaml), with a
[page each](runbooks/README.md); a dashboard: [turnpike.json](../deploy/grafana/turnpike.json).
`;

/** docs/metrics.md, before it is formatted. @throws Error when a source belongs to no group, or a name is not of the field */
export function describeMetrics(metrics: readonly Metric[]): string {
  const problems = problemsOf(metrics);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const sections = GROUPS.map(([path, title]) => {
    const rows = metrics
      .filter(({ file }) => file.startsWith(path))
      .map(({ name, kind, labels, help, file }) => {
        const labelled = labels.map((label) => `\`${label}\``).join(', ');
        return `| \`${name}\` | ${kind} | ${labelled} | ${help.replaceAll('|', '\\|')} | [source](../${file}) |`;
      });
    return rows.length === 0
      ? ''
      : `## ${title}\n\n| Metric | Kind | Labels | Says | |\n| --- | --- | --- | --- | --- |\n${rows.join('\n')}\n`;
  });
  return [HEAD, ...sections.filter(Boolean)].join('\n');
}

/** What is not as the field does it (https://prometheus.io/docs/practices/naming/), or would fill the memory of whoever scrapes. */
export function problemsOf(metrics: readonly Metric[]): string[] {
  return metrics.flatMap(({ name, kind, help, labels, file }) => {
    const problems: string[] = [];
    if (!/^turnpike_[a-z]+(_[a-z]+)*$/.test(name)) problems.push('is no name: turnpike_<what>_<unit>, in lower case');
    if ((kind === 'counter') !== name.endsWith('_total')) problems.push('ends in _total exactly if it is a counter');
    if (/_(ms|milliseconds|minutes|kb|mb|percent)\b/.test(name)) problems.push('has no base unit: seconds, bytes, ratios');
    if (kind === 'histogram' && !/_(seconds|bytes|deliveries)$/.test(name)) problems.push('has no unit at its end');
    if (!/\.$/.test(help) || help.length < 10) problems.push('says nothing: help is a sentence');
    const wide = labels.filter((label) => /organization|customer|connection|object|message|url|path|id$|key|email/.test(label));
    if (wide.length > 0) problems.push(`has the label ${wide.join(', ')}, of which there are too many values, or which names somebody`);
    if (!GROUPS.some(([path]) => file.startsWith(path))) problems.push('is in no group of describe-metrics.ts');
    if (metrics.some((other) => other.name === name && other.file !== file)) problems.push('is made in two files');
    return problems.map((problem) => `${file}: ${name} ${problem}.`);
  });
}
