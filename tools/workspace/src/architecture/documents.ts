import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';
import { isProduction, nodesOf, parse, type Tree } from './tree.js';

const APP_HEADINGS = ['Owns', 'Hears', 'Says', 'Never breaks', 'Not its job'];
const DECISION_HEADINGS = ['Context', 'Decision', 'Consequences', 'Alternatives considered'];

const headingsOf = (text: string): string[] => [...text.matchAll(/^## (.+)$/gm)].map((match) => match[1]?.trim() ?? '');

/** The text below a `## heading`, up to the next. */
function sectionOf(text: string, heading: string): string {
  const after = text.split(new RegExp(`^## ${heading}$`, 'm'))[1] ?? '';
  return after.split(/^## /m)[0] ?? '';
}

/** Five headings, so that every app answers the same questions. Whole-system tests are no app. */
export function appsAreDescribed(tree: Tree): string[] {
  const faults: string[] = [];
  for (const app of appsIn(tree)) {
    const readme = tree.get(`apps/${app}/README.md`);
    if (readme === undefined) faults.push(`apps/${app} has no README.md`);
    else if (headingsOf(readme).join() !== APP_HEADINGS.join())
      faults.push(`apps/${app}/README.md has the headings ${headingsOf(readme).join(', ')}`);
  }
  return faults;
}

function appsIn(tree: Tree): string[] {
  const names = [...tree.keys()].map((path) => /^apps\/([^/]+)\/package\.json$/.exec(path)?.[1]);
  return names.filter((name) => name !== undefined && name !== 'e2e').sort() as string[];
}

/** *Hears* and *Says* name the topics that docs/flow.md, drawn from the sources, gives the app: no more, no fewer. */
export function readmesAgreeWithFlow(tree: Tree): string[] {
  const flow = tree.get('docs/flow.md') ?? '';
  const topics = topicsIn(sectionOf(flow, 'Topics'), null);
  const faults: string[] = [];
  for (const app of appsIn(tree)) {
    const cells = rowOf(sectionOf(flow, 'Apps'), app);
    for (const [at, heading] of ['Hears', 'Says'].entries()) {
      const drawn = [...topicsIn(cells[at] ?? '', topics)].sort();
      const told = [...topicsIn(sectionOf(tree.get(`apps/${app}/README.md`) ?? '', heading), topics)].sort();
      if (drawn.join() !== told.join())
        faults.push(`apps/${app}/README.md ${heading}: ${told.join(', ') || 'nothing'}; docs/flow.md: ${drawn.join(', ') || 'nothing'}`);
    }
  }
  return faults;
}

function rowOf(table: string, app: string): string[] {
  const row = table.split('\n').find((line) => line.split('|')[1]?.trim() === app);
  return (row ?? '')
    .split('|')
    .slice(2)
    .map((cell) => cell.trim());
}

/** Names in backticks that look like a topic's. @param known only these; null: all */
function topicsIn(text: string, known: ReadonlySet<string> | null): Set<string> {
  const names = [...text.matchAll(/`([a-z-]+(?:\.[a-z0-9-]+)+)`/g)].map((match) => match[1] ?? '');
  return new Set(names.filter((name) => known === null || known.has(name)));
}

/** One page each: what was the matter, what was decided, what follows, and what else was thought of. */
export function decisionsAreWhole(tree: Tree): string[] {
  const faults: string[] = [];
  for (const [path, text] of tree) {
    if (!/^docs\/decisions\/\d{4}-.*\.md$/.test(path)) continue;
    if (headingsOf(text).join() !== DECISION_HEADINGS.join()) faults.push(`${path} has the headings ${headingsOf(text).join(', ')}`);
    if (!tree.get('docs/README.md')?.includes(`(decisions/${path.slice('docs/decisions/'.length)})`))
      faults.push(`${path} is not listed in docs/README.md`);
  }
  return faults;
}

/** A link that leads nowhere is a document of last year. */
export function linksLeadSomewhere(tree: Tree): string[] {
  const folders = new Set([...tree.keys()].flatMap((path) => path.split('/').map((_, at, parts) => parts.slice(0, at).join('/'))));
  const faults: string[] = [];
  for (const [path, text] of tree) {
    if (!path.endsWith('.md')) continue;
    for (const [, target = ''] of text.replace(/```[\s\S]*?```/g, '').matchAll(/\]\(([^)\s]+)\)/g)) {
      const file = target.split('#', 1)[0] ?? '';
      if (/^[a-z]+:/.test(target) || file === '') continue;
      const goal = normalize(join(dirname(path), file)).replace(/\/$/, '');
      if (!tree.has(goal) && !folders.has(goal) && !PLAIN.has(goal)) faults.push(`${path} links to ${target}`);
    }
  }
  return faults;
}

/** Files that the tree does not read, since they have no ending of text. */
const PLAIN = new Set(['LICENSE', '.env.example', '.nvmrc', 'deploy/Dockerfile']);

/** Whoever is woken by an error finds its name in the book: what it means, and what to do. */
export function alarmsAreExplained(tree: Tree): string[] {
  const book = tree.get('docs/operating.md') ?? '';
  const faults: string[] = [];
  for (const [path, text] of tree) {
    if (!isProduction(path) || path.startsWith('libs/testing/')) continue;
    for (const node of nodesOf(parse(path, text))) {
      if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression) || node.expression.name.text !== 'error') continue;
      const [event] = node.arguments;
      const isAnEvent = event && ts.isStringLiteral(event) && /^[a-z-]+(\.[a-z-]+)+$/.test(event.text);
      if (isAnEvent && !book.includes(`\`${event.text}\``))
        faults.push(`${path} logs the error ${event.text}, which docs/operating.md does not explain`);
    }
  }
  return faults;
}
