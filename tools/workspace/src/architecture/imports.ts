import ts from 'typescript';
import { importsOf, isProduction, isTest, nameOf, nodesOf, parse, type Tree } from './tree.js';

/** Packages that stand between us and the outside, and the files that may touch them (docs/decisions/0003). */
const ONLY_IN: Readonly<Record<string, RegExp>> = {
  kafkajs: /^(libs\/messaging\/src\/kafka-client\.ts|tools\/kafka\/src\/readiness\.ts)$/,
  pg: /^(libs\/service\/src\/postgres\.ts|tools\/postgres\/src\/connection\.ts)$/,
  // Types may be read anywhere, its code runs in libs/stripe; and in the story, which is a client of Stripe's and nothing else.
  stripe: /^(libs\/stripe|tools\/story)\/src\//,
};

/** A client that is imported twice is configured twice, and one of the two is wrong. */
export function outsideInOneFile(tree: Tree): string[] {
  const faults: string[] = [];
  for (const [path, text] of tree) {
    if (!path.endsWith('.ts') || isTest(path) || path.startsWith('tools/bench/')) continue;
    for (const { from, isTypeOnly } of importsOf(parse(path, text))) {
      const allowed = ONLY_IN[from];
      if (allowed && !allowed.test(path) && !(isTypeOnly && from === 'stripe')) faults.push(`${path} imports ${from}`);
    }
  }
  return faults;
}

/** Words that a rules file may import code from: rules and words beside it, contracts, and the kit's and Stripe's own pure parts. */
const PURE = /^(\.\.?\/.*|@turnpike\/(contracts-events|contracts-http|service|stripe)|zod)$/;
/** A hash of its parameters is as pure as a sum (a key made from a cause); random bytes, of the same module, are not. */
const PURE_NAMES: Readonly<Record<string, readonly string[]>> = { 'node:crypto': ['createHash', 'createHmac'] };
const IMPURE_BESIDE = /\.(service|controller|job|entity|module)\.js$/;

/** A rule that looks at the clock or at a table cannot be tested by its sentence. Time is a parameter. */
export function rulesArePure(tree: Tree): string[] {
  const faults: string[] = [];
  for (const [path, text] of tree) {
    if (!path.endsWith('.rules.ts')) continue;
    const source = parse(path, text);
    for (const { from, isTypeOnly, names } of importsOf(source)) {
      const isPure = PURE_NAMES[from] ? (names?.every((name) => PURE_NAMES[from]?.includes(name)) ?? false) : PURE.test(from);
      if (!isTypeOnly && (!isPure || IMPURE_BESIDE.test(from))) faults.push(`${path} imports ${from}`);
    }
    for (const node of nodesOf(source)) {
      if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments?.length ?? 0) === 0)
        faults.push(`${path} reads the clock`);
      if (ts.isPropertyAccessExpression(node) && ['Date.now', 'performance.now', 'process.env'].includes(node.getText()))
        faults.push(`${path} reads ${node.getText()}`);
    }
  }
  return faults;
}

/** Where the environment may be read: as the default of a parameter at the start of a service, by the launcher, by the command line, and by tools. */
const READS_ENVIRONMENT =
  /^(libs\/service\/src\/(read-config|declaration|start-service)\.ts|apps\/turnpike\/src\/.*|apps\/cli\/src\/main\.ts|tools\/.*)$/;

/** Eight services share one process, so the process' environment is nobody's configuration. */
export function environmentIsReadOnce(tree: Tree): string[] {
  const faults: string[] = [];
  for (const [path, text] of tree) {
    if (!isProduction(path) || path.startsWith('libs/testing/') || READS_ENVIRONMENT.test(path)) continue;
    for (const node of nodesOf(parse(path, text))) {
      if (!ts.isPropertyAccessExpression(node) || node.getText() !== 'process.env') continue;
      // kafkajs takes the answer to its partitioner warning from nowhere else.
      if (!node.parent.getText().includes('KAFKAJS_NO_PARTITIONER_WARNING')) faults.push(`${path} reads process.env`);
    }
  }
  return faults;
}

/** A barrel hides what is used from where, and makes circles. */
export function noBarrels(tree: Tree): string[] {
  const faults: string[] = [];
  for (const [path, text] of tree) {
    if (!path.endsWith('.ts')) continue;
    if (path.startsWith('apps/') && nameOf(path) === 'index.ts') faults.push(`${path} is a barrel inside an app`);
    for (const statement of parse(path, text).statements) {
      if (ts.isExportDeclaration(statement) && !statement.exportClause) faults.push(`${path} exports *`);
    }
  }
  return faults;
}
