import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  everyTopicHasASample,
  handlersAreNamed,
  oneHandlerPerTopic,
  onlyTheWriterAnnounces,
  topicsStandWithTheirWriter,
} from './architecture/doors.js';
import {
  alarmsAreExplained,
  appsAreDescribed,
  decisionsAreWhole,
  linksLeadSomewhere,
  readmesAgreeWithFlow,
} from './architecture/documents.js';
import { environmentIsReadOnce, noBarrels, outsideInOneFile, rulesArePure } from './architecture/imports.js';
import { noEmptyWords, noLongFiles, nothingOfOneMachine, projectsAreTested, testsStandByKind } from './architecture/names.js';
import { readTree, type Tree } from './architecture/tree.js';
import { ROOT } from './folders.js';
import { projectsOf } from './projects.js';

/**
 * What the boundary lint cannot say, a few lines each over the sources. Each rule stands with a text that breaks it: a rule that cannot
 * fail is asleep. An incident gets a rule here, named after what went wrong (CONTRIBUTING.md).
 */
let sources: Tree;
beforeAll(() => {
  sources = readTree(ROOT);
});

const planted = (files: Record<string, string>): Tree => new Map(Object.entries(files));
const contract = (name: string) => `export const X = defineTopic({ name: '${name}' });`;
const events = 'libs/contracts/events/src';

/** Each rule: what it says, how it reads the tree, and files that break it with the faults to find. */
const rules: ReadonlyArray<[says: string, rule: (tree: Tree) => string[], breaks: Record<string, string>, faults: readonly string[]]> = [
  [
    'a handler file has one @OnTopic, and is named after its contract',
    handlersAreNamed,
    {
      'apps/a/src/on-thing-changed.ts': 'class OnThingChanged { @OnTopic(OtherChanged) handle() {} }',
      'apps/a/src/on-thing-made.ts': 'class Made { @OnTopic(ThingMade) handle() {} }',
      'apps/a/src/on-nothing.ts': 'export class OnNothing {}',
      'apps/a/src/things.service.ts': 'class Things { @OnTopic(ThingChanged) handle() {} }',
      'apps/a/src/on-thing-sold.ts': 'class OnThingSold { @OnTopic(ThingSold) handle() {} }',
    },
    ['hears OtherChanged', 'not OnThingMade', 'has 0 @OnTopic', 'is not called on-'],
  ],
  [
    'no app has two handlers for one topic',
    oneHandlerPerTopic,
    {
      'apps/a/src/on-x.ts': 'class OnX { @OnTopic(X) handle() {} }',
      'apps/a/src/more/on-x.ts': 'class OnX { @OnTopic(X) handle() {} }',
      'apps/b/src/on-x.ts': 'class OnX { @OnTopic(X) handle() {} }',
    },
    ['apps/a/src/more/on-x.ts hears X, and apps/a/src/on-x.ts does already'],
  ],
  [
    'a topic stands in the folder of its writer',
    topicsStandWithTheirWriter,
    {
      [`${events}/a/x.ts`]: contract('b.x.changed.v1'),
      [`${events}/b/y.ts`]: contract('b.y.changed.v1'),
      [`${events}/a/dead-letters.ts`]: `export const D = defineDeadLetters('b');`,
    },
    ['defines b.x.changed.v1, and stands in the folder of a', 'defines b.dead-letters'],
  ],
  [
    'only the writer of a topic announces on it',
    onlyTheWriterAnnounces,
    {
      [`${events}/a/x.ts`]: contract('a.x.changed.v1'),
      'apps/b/src/things.service.ts': 'this.outbox.announce(X, scope, {});',
      'apps/a/src/things.service.ts': 'this.outbox.announce(X, scope, {});',
    },
    ['apps/b/src/things.service.ts announces X, whose writer is a'],
  ],
  [
    'every topic has a sample',
    everyTopicHasASample,
    { [`${events}/a/x.ts`]: contract('a.x.changed.v1') },
    ['a.x.changed.v1 has no sample'],
  ],
  [
    'rules are pure: no framework, no table, no clock',
    rulesArePure,
    {
      'libs/a/src/x.rules.ts': `import { Injectable } from '@nestjs/common'; import { Y } from './y.entity.js'; import type { Z } from './z.entity.js';`,
      'libs/a/src/y.rules.ts': 'export const now = () => [new Date(), Date.now(), new Date(0)];',
      'libs/a/src/z.rules.ts': `import { createHash } from 'node:crypto';`,
      'libs/a/src/z2.rules.ts': `import { createHash, randomUUID } from 'node:crypto';`,
    },
    ['imports @nestjs/common', 'imports ./y.entity.js', 'reads the clock', 'reads Date.now', 'z2.rules.ts imports node:crypto'],
  ],
  [
    'the environment is read once, at the start',
    environmentIsReadOnce,
    { 'apps/a/src/x.ts': `const url = process.env['URL'];`, 'libs/service/src/read-config.ts': 'const all = process.env;' },
    ['apps/a/src/x.ts reads process.env'],
  ],
  [
    'no barrels in apps, no export * anywhere',
    noBarrels,
    { 'apps/a/src/index.ts': `export { x } from './x.js';`, 'libs/a/src/index.ts': `export * from './x.js';` },
    ['is a barrel', 'exports *'],
  ],
  [
    'kafkajs and pg are imported in one file each, and the code of stripe only in libs/stripe',
    outsideInOneFile,
    {
      'libs/messaging/src/other.ts': `import { Kafka } from 'kafkajs';`,
      'libs/service/src/other.ts': `const { Client } = await import('pg');`,
      'apps/a/src/x.ts': `import Stripe from 'stripe';`,
      'apps/a/src/y.ts': `import type Stripe from 'stripe';`,
    },
    ['imports kafkajs', 'imports pg', 'apps/a/src/x.ts imports stripe'],
  ],
  [
    'no file is named with a word that says nothing',
    noEmptyWords,
    {
      'apps/a/src/date-utils.ts': '',
      'libs/a/src/base.service.ts': '',
      'libs/a/src/in-process.ts': '',
      'libs/a/src/process.ts': '',
      'apps/a/src/data-key.entity.ts': '',
      'apps/a/src/data.ts': '',
    },
    ['"utils"', '"base"', '"process"', '"data"'],
  ],
  [
    'no file is longer than it can be read',
    noLongFiles,
    { 'libs/a/src/x.ts': 'x\n'.repeat(301), 'libs/a/src/y.ts': 'y\n'.repeat(300) },
    ['has 301 lines'],
  ],
  [
    'a test stands beside its code, and whole-system tests in apps/e2e',
    testsStandByKind,
    { 'apps/a/src/x.e2e.spec.ts': '', 'libs/a/src/x.test.ts': '', 'apps/e2e/src/x.e2e.spec.ts': '' },
    ['apps/a/src/x.e2e.spec.ts', 'libs/a/src/x.test.ts'],
  ],
  [
    'each project has sources and a test',
    (tree) => projectsAreTested(tree, tree === sources ? projectsOf(ROOT).map(({ folder }) => folder) : ['apps/a', 'libs/b', 'apps/e2e']),
    { 'apps/a/src/main.ts': '', 'apps/a/src/x.int.spec.ts': '', 'libs/b/src/x.spec.ts': '' },
    ['apps/a has no test', 'libs/b has no sources', 'apps/e2e has no test'],
  ],
  [
    'nothing names a path of one machine',
    nothingOfOneMachine,
    { 'libs/a/src/x.ts': `read('/home/ada/x')`, 'docs/x.md': 'See /root/x, not https://example.com/root/x.' },
    ['libs/a/src/x.ts:1', 'docs/x.md:1'],
  ],
  [
    'every app is described under the same five headings',
    appsAreDescribed,
    {
      'apps/a/package.json': '',
      'apps/b/package.json': '',
      'apps/b/README.md': '# b\n\n## Owns\n\n## Hears\n',
      'apps/e2e/package.json': '',
    },
    ['apps/a has no README.md', 'has the headings Owns, Hears'],
  ],
  [
    'what an app says of itself is what its sources do',
    readmesAgreeWithFlow,
    {
      'docs/flow.md':
        '## Topics\n\n| `a.x.made.v1` |\n| `a.y.made.v1` |\n\n## Apps\n\n| a | `b.z.made.v1` (src/on-z.ts) | `a.x.made.v1`<br>`a.y.made.v1` |\n',
      'apps/a/package.json': '',
      'apps/a/README.md': '# a\n\n## Hears\n\nNothing.\n\n## Says\n\n`a.x.made.v1`, by `announce`\n\n## Not its job\n',
    },
    ['apps/a/README.md Says: a.x.made.v1; docs/flow.md: a.x.made.v1, a.y.made.v1'],
  ],
  [
    'every decision is whole, and listed',
    decisionsAreWhole,
    {
      'docs/decisions/0001-x.md': '# x\n\n## Context\n',
      'docs/README.md': 'See [x](decisions/0001-x.md).',
      'docs/decisions/0002-y.md': '# y',
    },
    [
      'docs/decisions/0001-x.md has the headings Context',
      'docs/decisions/0002-y.md has the headings',
      'docs/decisions/0002-y.md is not listed',
    ],
  ],
  [
    'every link leads somewhere',
    linksLeadSomewhere,
    { 'docs/x.md': '[a](y.md) [b](../libs/a) [c](https://example.com) [d](#here) [e](z.md#there)', 'docs/z.md': '', 'libs/a/src/x.ts': '' },
    ['docs/x.md links to y.md'],
  ],
  [
    'every error that is logged is explained to whoever reads it at night',
    alarmsAreExplained,
    {
      'libs/a/src/x.ts': `log.error('a.b.failed', {}); log.error('a.b.lost'); log.warn('a.b.late'); console.error('Say where.');`,
      'docs/operating.md': '`a.b.lost` means',
    },
    ['logs the error a.b.failed'],
  ],
];

describe('the architecture', () => {
  it.each(rules)('keeps that %s', (_says, rule) => {
    expect(rule(sources)).toEqual([]);
  });

  it.each(rules)('would be seen to break that %s', (_says, rule, breaks, faults) => {
    expect(rule(planted(breaks))).toEqual(faults.map((fault) => expect.stringContaining(fault)));
  });

  it('is read whole: no rule looks at an empty tree', () => {
    const count = (pattern: RegExp) => [...sources.keys()].filter((path) => pattern.test(path)).length;
    expect(count(/^apps\/.*\.ts$/)).toBeGreaterThan(30);
    expect(count(/^libs\/.*\.ts$/)).toBeGreaterThan(60);
    expect(count(/^apps\/.*\/on-.*\.ts$/)).toBeGreaterThan(0);
    expect(count(/\.rules\.ts$/)).toBeGreaterThan(4);
    expect(count(/^docs\/decisions\//)).toBeGreaterThan(4);
  });
});
