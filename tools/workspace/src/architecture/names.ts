import { isTest, nameOf, type Tree } from './tree.js';

/** Words that say nothing about what is inside (CONTRIBUTING.md, naming), and abbreviations. */
const SAYS_NOTHING = new Set(
  'manager managers helper helpers util utils common core base data info misc shared process do sub subs cust notif mapper convert transform dto'.split(
    ' ',
  ),
);
/** An operating system's process, and the in-process bus, are called so; a data key is what one encrypts data under (envelope encryption). */
const COMPOUNDS = /\b(in|own|same)-process\b|\bdata-key\b/g;

export function noEmptyWords(tree: Tree): string[] {
  const faults: string[] = [];
  for (const path of tree.keys()) {
    if (!/^(apps|libs|tools)\/.*\.(ts|mjs)$/.test(path)) continue;
    const words = nameOf(path).replace(COMPOUNDS, '').split(/[.-]/);
    for (const word of words) if (SAYS_NOTHING.has(word)) faults.push(`${path} is called "${word}"`);
  }
  return faults;
}

export const MOST_LINES = 300;

/** A file that no longer fits a head is two files. */
export function noLongFiles(tree: Tree): string[] {
  const faults: string[] = [];
  for (const [path, text] of tree) {
    if (!/^(apps|libs|tools)\/.*\.(ts|mjs)$/.test(path) || isTest(path)) continue;
    const lines = text.trimEnd().split('\n').length;
    if (lines > MOST_LINES) faults.push(`${path} has ${lines} lines; ${MOST_LINES} are the most`);
  }
  return faults;
}

const ENDINGS = /\.(int|kafka|e2e)\.spec\.ts$/;

/** Whole-system tests start everything: they stand in one place, and what needs no server does not start one. */
export function testsStandByKind(tree: Tree): string[] {
  return [...tree.keys()]
    .filter(
      (path) => /\.test\.ts$/.test(path) || (path.endsWith('.e2e.spec.ts') && !path.startsWith('apps/e2e/') && !path.startsWith('tools/')),
    )
    .map((path) => `${path} is no *.spec.ts, *.int.spec.ts or *.kafka.spec.ts beside the code, nor an *.e2e.spec.ts in apps/e2e`);
}

/** Each project has sources, and a test of some kind that can fail. */
export function projectsAreTested(tree: Tree, folders: readonly string[]): string[] {
  const faults: string[] = [];
  for (const folder of folders) {
    const files = [...tree.keys()].filter((path) => path.startsWith(`${folder}/src/`));
    if (!files.some((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts')) && folder !== 'apps/e2e')
      faults.push(`${folder} has no sources`);
    const hasUnit = files.some((path) => path.endsWith('.spec.ts') && !ENDINGS.test(path));
    const hasAny = files.some((path) => path.endsWith('.spec.ts'));
    if (folder === 'apps/e2e' ? !hasAny : !hasUnit) faults.push(`${folder} has no test`);
  }
  return faults;
}

/** A path of one machine works on one machine. */
const OF_ONE_MACHINE = /(^|[\s'"`(=:])\/(home|root|Users|workspace)\/[\w.-]/;

export function nothingOfOneMachine(tree: Tree): string[] {
  const faults: string[] = [];
  for (const [path, text] of tree) {
    for (const [at, line] of text.split('\n').entries()) {
      if (OF_ONE_MACHINE.test(line) && !isTest(path))
        faults.push(`${path}:${at + 1} names a path of one machine: ${line.trim().slice(0, 80)}`);
    }
  }
  return faults;
}
