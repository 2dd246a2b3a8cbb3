import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import ts from 'typescript';
import { routesOf } from './read-routes.js';

/** What the picture needs of a contract. */
export interface FlowTopic {
  readonly name: string;
  readonly kind: string;
  readonly burial: string;
}

/** One app's doors and what comes out of it, as its sources say. */
export interface AppFlow {
  readonly name: string;
  readonly hears: readonly Heard[];
  /** Topic names. */
  readonly says: readonly string[];
  /** `GET /v1/customers/:id`. */
  readonly routes: readonly string[];
  /** `expire-access`: the name of the file, without its ending. */
  readonly jobs: readonly string[];
}

export interface Heard {
  readonly topic: string;
  /** The handler's file, from the app's folder. */
  readonly file: string;
}

const CONTRACTS = '@turnpike/contracts-events';

/**
 * Reads every app below a folder, in the order of their names. Folders without sources are left out.
 * @param contracts the topics by the name they are exported under
 */
export function readApps(folder: string, contracts: ReadonlyMap<string, FlowTopic>): AppFlow[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  return names.sort().flatMap((name) => {
    const files = sourcesBelow(join(folder, name, 'src'));
    return files.length === 0 ? [] : [readApp(name, join(folder, name), files, contracts)];
  });
}

function readApp(name: string, folder: string, files: readonly string[], contracts: ReadonlyMap<string, FlowTopic>): AppFlow {
  const hears: Heard[] = [];
  const says = new Set<string>();
  const routes: string[] = [];
  for (const path of files) {
    const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
    const known = importedContracts(source, contracts);
    const file = relative(folder, path);
    if (basename(path).startsWith('on-')) hears.push(...heardIn(source, known).map((topic) => ({ topic, file })));
    for (const topic of announcedIn(source, known)) says.add(topic);
    // The kit announces these for its reader; the app only names them when it opens its road.
    for (const topic of known.values()) if (topic === `${name}.dead-letters`) says.add(topic);
    if (path.endsWith('.controller.ts')) routes.push(...routesOf(source));
  }
  const jobs = files.filter((path) => path.endsWith('.job.ts')).map((path) => basename(path, '.job.ts'));
  return {
    name,
    hears: hears.sort((left, right) => inOrder(left.topic, right.topic)),
    says: [...says].sort(inOrder),
    routes: routes.sort((left, right) => inOrder(pathOf(left), pathOf(right)) || inOrder(left, right)),
    jobs: jobs.sort(inOrder),
  };
}

/** What differs from the rules that make a flow readable: one writer per topic, one handler per topic and app. */
export function problemsOf(apps: readonly AppFlow[], topics: readonly FlowTopic[]): string[] {
  const names = new Set(apps.map((app) => app.name));
  return apps.flatMap((app) => {
    const foreign = app.says.filter((topic) => topic.split('.', 1)[0] !== app.name);
    const doubled = app.hears.filter((heard, at) => app.hears.findIndex((other) => other.topic === heard.topic) !== at);
    return [
      ...foreign.map((topic) => `${app.name} announces ${topic}, which is another app's to announce.`),
      ...doubled.map((heard) => `${app.name} has two handlers for ${heard.topic}; ${heard.file} is one of them.`),
      ...app.hears.flatMap(({ topic }) => {
        const writer = topic.split('.', 1)[0] ?? '';
        const isSilent = names.has(writer) && !apps.some((other) => other.says.includes(topic));
        return isSilent && topics.some((one) => one.name === topic)
          ? [`${app.name} waits for ${topic}, which ${writer} never announces.`]
          : [];
      }),
    ];
  });
}

function sourcesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !/\.(spec|suite|d)\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !relative(folder, path).split(sep).includes('testing')) // what only tests run may stand in for another app
    .sort(inOrder);
}

/** The topics that a file imports as values, by the name it uses for them. */
function importedContracts(source: ts.SourceFile, contracts: ReadonlyMap<string, FlowTopic>): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    if (statement.moduleSpecifier.text !== CONTRACTS || statement.importClause?.isTypeOnly) continue;
    const bindings = statement.importClause?.namedBindings;
    if (!bindings || !ts.isNamedImports(bindings)) continue;
    for (const element of bindings.elements) {
      const topic = contracts.get((element.propertyName ?? element.name).text);
      if (topic && !element.isTypeOnly) known.set(element.name.text, topic.name);
    }
  }
  return known;
}

/** `@OnTopic(Contract) handle(…)`. */
function heardIn(source: ts.SourceFile, known: ReadonlyMap<string, string>): string[] {
  return nodesIn(source).flatMap((node) => {
    if (!ts.isDecorator(node) || !ts.isCallExpression(node.expression)) return [];
    const { expression, arguments: given } = node.expression;
    return ts.isIdentifier(expression) && expression.text === 'OnTopic' ? namedIn(given[0], known) : [];
  });
}

/** `outbox.announce(Contract, …)`, however the outbox is reached. A private method of that name that takes no contract is none. */
function announcedIn(source: ts.SourceFile, known: ReadonlyMap<string, string>): string[] {
  return nodesIn(source).flatMap((node) => {
    if (!ts.isCallExpression(node)) return [];
    const { expression } = node;
    const isAnnounce = ts.isPropertyAccessExpression(expression) && expression.name.text === 'announce';
    return isAnnounce ? namedIn(node.arguments[0], known) : [];
  });
}

function namedIn(expression: ts.Expression | undefined, known: ReadonlyMap<string, string>): string[] {
  if (!expression) return [];
  return nodesIn(expression).flatMap((node) => {
    const topic = ts.isIdentifier(node) ? known.get(node.text) : undefined;
    return topic === undefined ? [] : [topic];
  });
}

function nodesIn(root: ts.Node): ts.Node[] {
  const nodes: ts.Node[] = [root];
  for (const node of nodes) ts.forEachChild(node, (child) => void nodes.push(child));
  return nodes;
}

function pathOf(route: string): string {
  return route.slice(route.indexOf(' ') + 1);
}

function inOrder(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
