import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import ts from 'typescript';

/** Files of a checkout by their paths from its root. Tests plant what they need; the real one is read once. */
export type Tree = ReadonlyMap<string, string>;

const FOLDERS = ['apps', 'libs', 'tools', 'docs', 'deploy', 'examples', '.ci'];
const LEFT_OUT = new Set(['node_modules', 'dist', 'coverage', '.nx', '.turnpike']);
const ENDINGS = /\.(ts|mjs|json|md|sql|xml|ya?ml)$/;

export function readTree(root: string): Tree {
  const tree = new Map<string, string>();
  const read = (path: string) => tree.set(path, readFileSync(join(root, path), 'utf8'));
  const walk = (folder: string) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory() && !LEFT_OUT.has(entry.name) && !entry.name.startsWith('planted-')) walk(path);
      if (entry.isFile() && (ENDINGS.test(entry.name) || folder === '.ci')) read(path);
    }
  };
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    if (entry.isFile() && ENDINGS.test(entry.name)) read(entry.name);
    if (entry.isDirectory() && FOLDERS.includes(entry.name)) walk(entry.name);
  }
  return tree;
}

export const isTest = (path: string): boolean =>
  /\.(spec|suite)\.ts$/.test(path) || path.includes('/testing/') || path.startsWith('apps/e2e/');

/** TypeScript that runs in production: apps and libs without tests and what only tests import. */
export const isProduction = (path: string): boolean => /^(apps|libs)\/.*\.ts$/.test(path) && !isTest(path);

/** `gateway` of `apps/gateway/src/main.ts`; null outside apps. */
export const appOf = (path: string): string | null => /^apps\/([^/]+)\//.exec(path)?.[1] ?? null;

export const nameOf = (path: string): string => basename(path);

const parsed = new Map<string, ts.SourceFile>();

/** Each text is parsed once, however many rules read it. */
export function parse(path: string, text: string): ts.SourceFile {
  const known = parsed.get(text);
  if (known) return known;
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  parsed.set(text, source);
  return source;
}

/** Every node of a file, depth first. */
export function nodesOf(node: ts.Node): ts.Node[] {
  const nodes: ts.Node[] = [];
  const visit = (one: ts.Node): void => {
    nodes.push(one);
    ts.forEachChild(one, visit);
  };
  visit(node);
  return nodes;
}

export interface Import {
  readonly from: string;
  /** `import type`, or nothing but `type` names: gone at run time. */
  readonly isTypeOnly: boolean;
  /** What is imported by name; null for a default, a namespace, or a module as a whole. */
  readonly names: readonly string[] | null;
}

export function importsOf(source: ts.SourceFile): Import[] {
  const imports: Import[] = [];
  for (const statement of source.statements) {
    if (ts.isImportDeclaration(statement) && ts.isStringLiteral(statement.moduleSpecifier)) {
      const { importClause: clause, moduleSpecifier } = statement;
      imports.push({ from: moduleSpecifier.text, isTypeOnly: isTypeOnly(clause), names: namesIn(clause) });
    }
    if (ts.isExportDeclaration(statement) && statement.moduleSpecifier && ts.isStringLiteral(statement.moduleSpecifier)) {
      imports.push({ from: statement.moduleSpecifier.text, isTypeOnly: statement.isTypeOnly, names: null });
    }
  }
  for (const node of nodesOf(source)) {
    const [argument] = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword ? node.arguments : [];
    if (argument && ts.isStringLiteral(argument)) imports.push({ from: argument.text, isTypeOnly: false, names: null });
  }
  return imports;
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const names = clause.namedBindings;
  return !clause.name && names !== undefined && ts.isNamedImports(names) && names.elements.every((element) => element.isTypeOnly);
}

function namesIn(clause: ts.ImportClause | undefined): string[] | null {
  const bindings = clause?.namedBindings;
  if (!clause || clause.name || !bindings || !ts.isNamedImports(bindings)) return null;
  return bindings.elements.map(({ name, propertyName }) => (propertyName ?? name).text);
}
