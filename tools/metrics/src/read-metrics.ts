import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';

export type MetricKind = 'counter' | 'gauge' | 'histogram';

/** One metric of ours, as its source says. */
export interface Metric {
  readonly name: string;
  readonly kind: MetricKind;
  readonly help: string;
  readonly labels: readonly string[];
  /** From the checkout: `libs/messaging/src/metrics.ts`. */
  readonly file: string;
}

const KINDS: Readonly<Record<string, MetricKind>> = { Counter: 'counter', Gauge: 'gauge', Histogram: 'histogram', gauge: 'gauge' };

/** Every metric that `new Counter({ … })`, `new Gauge`, `new Histogram` or `measured.gauge` makes under a name of ours, in the order of the files. */
export function readMetrics(root: string): Metric[] {
  const files = ['apps', 'libs'].flatMap((folder) => sourcesBelow(join(root, folder)));
  return files.sort().flatMap((path) => {
    const text = readFileSync(path, 'utf8');
    if (!text.includes("'turnpike_")) return [];
    const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
    return metricsIn(source).map((metric) => ({ ...metric, file: relative(root, path) }));
  });
}

function metricsIn(source: ts.SourceFile): Omit<Metric, 'file'>[] {
  const found: Omit<Metric, 'file'>[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node) || ts.isCallExpression(node)) {
      const called = ts.isPropertyAccessExpression(node.expression) ? node.expression.name.text : node.expression.getText(source);
      const kind = KINDS[called];
      const [options] = node.arguments ?? [];
      if (kind !== undefined && options && ts.isObjectLiteralExpression(options)) {
        const name = textOf(source, valueOf(options, 'name'));
        if (name.startsWith('turnpike_'))
          found.push({
            name,
            kind,
            help: textOf(source, valueOf(options, 'help')),
            labels: listOf(source, valueOf(options, 'labelNames')),
          });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function valueOf(options: ts.ObjectLiteralExpression, name: string): ts.Expression | null {
  const property = options.properties.find((one) => one.name !== undefined && one.name.getText() === name);
  return property !== undefined && ts.isPropertyAssignment(property) ? property.initializer : null;
}

/** A text as it stands, or with constants of the same file put in. */
function textOf(source: ts.SourceFile, value: ts.Expression | null): string {
  if (value === null) return '';
  if (ts.isStringLiteralLike(value)) return value.text;
  if (ts.isTemplateExpression(value))
    return value.head.text + value.templateSpans.map((span) => textOf(source, span.expression) + span.literal.text).join('');
  if (ts.isNumericLiteral(value)) return Number(value.text.replaceAll('_', '')).toLocaleString('en');
  const named = ts.isIdentifier(value) ? constantIn(source, value.text) : null;
  if (named === null) throw new Error(`${source.fileName}: "${value.getText(source)}" is neither a text nor a constant of this file.`);
  return textOf(source, named);
}

function listOf(source: ts.SourceFile, value: ts.Expression | null): string[] {
  if (value === null) return [];
  if (ts.isAsExpression(value)) return listOf(source, value.expression);
  if (ts.isArrayLiteralExpression(value)) return value.elements.map((element) => textOf(source, element));
  const named = ts.isIdentifier(value) ? constantIn(source, value.text) : null;
  if (named === null) throw new Error(`${source.fileName}: labels "${value.getText(source)}" are not a list in this file.`);
  return listOf(source, named);
}

function constantIn(source: ts.SourceFile, name: string): ts.Expression | null {
  let found: ts.Expression | null = null;
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && node.name.getText(source) === name) found = node.initializer ?? null;
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function sourcesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' || entry.name === 'testing' ? [] : sourcesBelow(path);
    return entry.name.endsWith('.ts') && !/\.(spec|suite)\.ts$/.test(entry.name) ? [path] : [];
  });
}
