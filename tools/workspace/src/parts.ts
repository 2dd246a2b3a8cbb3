import { availableParallelism } from 'node:os';

/** The kinds of test, in the order in which they run: what is quick to fail first. */
export const KINDS = ['unit', 'postgres', 'kafka', 'e2e'] as const;
export type Kind = (typeof KINDS)[number];

/** How a kind is called where people read. */
export const NAMES: Readonly<Record<Kind, string>> = { unit: 'unit', postgres: 'PostgreSQL', kafka: 'Kafka', e2e: 'e2e' };

/** One command of a run. */
export interface Part {
  readonly name: string;
  /** The kind of test it runs, null for what is no test. */
  readonly kind: Kind | null;
  readonly command: readonly string[];
}

export const NX = ['node', 'node_modules/nx/dist/bin/nx.js'] as const;
const TYPESCRIPT = ['node', '--conditions=@turnpike/source', '--import', './tools/loader.mjs'];

/**
 * The very command by which lint runs everywhere; a test plants a bad import and expects it to fail (lint-awake.e2e.spec.ts). Nx starts it, as
 * the boundary rule needs its project graph. All projects in one ESLint: one for each takes four times as long; `npx nx lint <project>` is for
 * work on one.
 */
export const LINT = [...NX, 'run', 'workspace:lint-everything', '--outputStyle=static'];

/**
 * All projects in one program: each by itself would read the declarations of Nest, MikroORM and the rest again, which takes five times as long.
 * `npx nx typecheck <project>` is for work on one.
 */
const TYPES: Part = {
  name: 'types',
  kind: null,
  command: [
    'node',
    'node_modules/typescript/bin/tsc',
    '-p',
    'tsconfig.json',
    '--incremental',
    '--tsBuildInfoFile',
    '.nx/types.tsbuildinfo',
  ],
};
/**
 * All projects in one Jest: one for each reads Nest, Zod and the rest anew, which costs a third more. Three workers on two cores: some tests wait more
 * than they compute. `npx nx test <project>` is for work on one, and `npx nx affected -t test` for what a change may break.
 */
const UNIT: Part = {
  name: 'unit tests',
  kind: 'unit',
  command: ['node', 'tools/jest.mjs', 'unit', '.', `--maxWorkers=${Math.ceil(1.5 * availableParallelism())}`],
};
const GENERATED: readonly Part[] = [
  { name: 'docs/flow.md', kind: null, command: [...TYPESCRIPT, 'tools/flow/src/main.ts', '--check'] },
  { name: 'schemas', kind: null, command: [...TYPESCRIPT, 'tools/schemas/src/main.ts', '--check'] },
];
const FORMAT: Part = {
  name: 'format',
  kind: null,
  command: [
    'node',
    'node_modules/prettier/bin/prettier.cjs',
    '--check',
    '--log-level=warn',
    '--cache',
    '--cache-location=.nx/prettier',
    '.',
  ],
};

const withServers = (kind: Exclude<Kind, 'unit'>): Part => ({
  name: `${NAMES[kind]} tests`,
  kind,
  command: ['node', 'tools/jest.mjs', kind],
});

/** Parts that run side by side. */
export type Stage = readonly Part[];

/** What needs no server: `npm run check`. */
export const CHECK: readonly Stage[] = [[TYPES, { name: 'lint', kind: null, command: LINT }, FORMAT, ...GENERATED], [UNIT]];

/** `npm test`, or with `--kind` only those tests. */
export function stagesOf(kinds: readonly Kind[] | null): readonly Stage[] {
  const everything = [...CHECK, [withServers('postgres')], [withServers('kafka')], [withServers('e2e')]];
  return kinds === null ? everything : everything.filter((stage) => stage.some(({ kind }) => kind !== null && kinds.includes(kind)));
}
