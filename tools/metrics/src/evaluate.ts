import type { Expression, Matcher } from './promql.js';

export interface Sample {
  /** Without the metric's name. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One scrape: samples by metric, and when it was made, in seconds. */
export interface Scrape {
  readonly at: number;
  readonly samples: ReadonlyMap<string, readonly Sample[]>;
}

/** Reads a page of Prometheus' text format. @param at epoch seconds */
export function readScrape(page: string, at: number): Scrape {
  const samples = new Map<string, Sample[]>();
  for (const line of page.split('\n')) {
    const [, metric, labels = '', value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line) ?? [];
    if (metric === undefined || value === undefined) continue;
    const read = Object.fromEntries([...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', text = '']) => [label, text]));
    samples.set(metric, [...(samples.get(metric) ?? []), { labels: read, value: value === '+Inf' ? Infinity : Number(value) }]);
  }
  return { at, samples };
}

/**
 * What an expression says of scrapes, as Prometheus would: the newest for what is now, the first and the newest inside a range for what grew.
 * Plain PromQL as our alerts use it; a counter is not expected to be reset between two scrapes.
 */
export function evaluate(expression: Expression, scrapes: readonly Scrape[]): readonly Sample[] {
  switch (expression.is) {
    case 'number':
      return [{ labels: {}, value: expression.value }];
    case 'selector':
      return select(expression.metric, expression.matchers, scrapes.at(-1));
    case 'call':
      return call(expression, scrapes);
    case 'aggregation':
      return aggregate(expression, evaluate(expression.of, scrapes));
    case 'operation':
      return operate(expression, evaluate(expression.left, scrapes), evaluate(expression.right, scrapes));
    default:
      return expression satisfies never;
  }
}

function select(metric: string, matchers: readonly Matcher[], scrape: Scrape | undefined): Sample[] {
  return (scrape?.samples.get(metric) ?? []).filter(({ labels }) =>
    matchers.every((matcher) => fits(labels[matcher.label] ?? '', matcher)),
  );
}

function fits(label: string, { operator, value }: Matcher): boolean {
  const whole = new RegExp(`^(?:${value})$`);
  switch (operator) {
    case '=':
      return label === value;
    case '!=':
      return label !== value;
    case '=~':
      return whole.test(label);
    case '!~':
      return !whole.test(label);
    default:
      return operator satisfies never;
  }
}

function call({ function: name, arguments: given }: Extract<Expression, { is: 'call' }>, scrapes: readonly Scrape[]): readonly Sample[] {
  const [first, second] = given;
  if (name === 'time') return [{ labels: {}, value: scrapes.at(-1)?.at ?? 0 }];
  if (first === undefined) throw new Error(`${name} was called with nothing.`);
  if (name === 'absent') return evaluate(first, scrapes).length > 0 ? [] : [{ labels: {}, value: 1 }];
  if (name === 'clamp_min') {
    const least = second?.is === 'number' ? second.value : 0;
    return evaluate(first, scrapes).map(({ labels, value }) => ({ labels, value: Math.max(value, least) }));
  }
  if (name === 'histogram_quantile' && second !== undefined)
    return quantiles(first.is === 'number' ? first.value : 0, evaluate(second, scrapes));
  if (first.is !== 'selector' || first.rangeSeconds === null) throw new Error(`${name} is not told of scrapes.`);
  const newest = scrapes.at(-1);
  if (newest === undefined) return [];
  const { metric, matchers, rangeSeconds } = first;
  const inRange = scrapes.filter(({ at }) => at >= newest.at - rangeSeconds && at < newest.at);
  return select(metric, matchers, newest).flatMap(({ labels, value }) => {
    // Of each series its first sample in the range: one that has just begun has not grown yet.
    const earliest = inRange.find((scrape) => sampleOf(labels, select(metric, matchers, scrape)) !== undefined);
    const earlier = sampleOf(labels, select(metric, matchers, earliest));
    if (earliest === undefined || earlier === undefined) return [];
    const grown = value - earlier.value;
    const perSecond = grown / (newest.at - earliest.at);
    if (name === 'increase') return [{ labels, value: grown }];
    if (name === 'predict_linear') return [{ labels, value: value + perSecond * (second?.is === 'number' ? second.value : 0) }];
    return [{ labels, value: perSecond }];
  });
}

/** As Prometheus: linear inside a bucket, the highest finite limit above the last (https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile). */
function quantiles(share: number, buckets: readonly Sample[]): Sample[] {
  const groups = Map.groupBy(buckets, ({ labels }) => keyOf({ ...labels, le: '' }));
  return [...groups.values()].flatMap((group) => {
    const limits = group
      .map(({ labels, value }) => ({ limit: labels['le'] === '+Inf' ? Infinity : Number(labels['le']), value }))
      .sort((one, other) => one.limit - other.limit);
    const all = limits.at(-1)?.value ?? 0;
    const at = limits.findIndex(({ value }) => value >= share * all);
    const bucket = limits[at];
    const { le: _, ...labels } = group[0]?.labels ?? {};
    if (bucket === undefined || all === 0) return [];
    const below = limits[at - 1] ?? { limit: 0, value: 0 };
    if (bucket.limit === Infinity) return [{ labels, value: below.limit }];
    const part = bucket.value === below.value ? 1 : (share * all - below.value) / (bucket.value - below.value);
    return [{ labels, value: below.limit + (bucket.limit - below.limit) * part }];
  });
}

function sampleOf(labels: Sample['labels'], samples: readonly Sample[]): Sample | undefined {
  return samples.find((sample) => keyOf(sample.labels) === keyOf(labels));
}

function aggregate({ operator, by, without }: Extract<Expression, { is: 'aggregation' }>, samples: readonly Sample[]): Sample[] {
  const groups = new Map<string, { labels: Record<string, string>; values: number[] }>();
  for (const { labels, value } of samples) {
    const kept = Object.fromEntries(
      Object.entries(labels).filter(([label]) => (by ? by.includes(label) : without ? !without.includes(label) : false)),
    );
    const group = groups.get(keyOf(kept)) ?? { labels: kept, values: [] };
    groups.set(keyOf(kept), group);
    group.values.push(value);
  }
  return [...groups.values()].map(({ labels, values }) => ({ labels, value: together(operator, values) }));
}

function together(operator: string, values: readonly number[]): number {
  const sum = values.reduce((all, value) => all + value, 0);
  if (operator === 'sum') return sum;
  if (operator === 'max') return Math.max(...values);
  if (operator === 'min') return Math.min(...values);
  return operator === 'count' ? values.length : sum / values.length;
}

function operate(
  { operator, left, right, on }: Extract<Expression, { is: 'operation' }>,
  one: readonly Sample[],
  other: readonly Sample[],
): readonly Sample[] {
  const match = (labels: Sample['labels']) =>
    keyOf(on === null ? labels : Object.fromEntries(on.map((label) => [label, labels[label] ?? ''])));
  const partnerOf = ({ labels }: Sample) =>
    right.is === 'number' ? other[0] : other.find((sample) => match(sample.labels) === match(labels));
  if (operator === 'and') return one.filter((sample) => partnerOf(sample) !== undefined);
  if (operator === 'unless') return one.filter((sample) => partnerOf(sample) === undefined);
  if (operator === 'or') return [...one, ...other.filter(({ labels }) => !one.some((sample) => match(sample.labels) === match(labels)))];
  if (left.is === 'number') throw new Error('A number stands on the right, here.');
  return one.flatMap((sample) => {
    const partner = partnerOf(sample);
    if (partner === undefined) return [];
    const value = calculated(operator, sample.value, partner.value);
    if (typeof value === 'number') return [{ labels: sample.labels, value }];
    return value ? [sample] : [];
  });
}

function calculated(operator: string, left: number, right: number): number | boolean {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '==':
      return left === right;
    default:
      return left !== right;
  }
}

function keyOf(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1)));
}
