import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { defineTopic, type Topic, TOPICS } from '@turnpike/contracts-events';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { SchemaFiles } from './schema-files.js';
import { topicSchema } from './topic-schema.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'turnpike-schemas-'));
  sample('2026-11-21-paid', { entryId: 'e_1', connectionId: 'con_1', amount: 1990, paidAt: '2026-11-21T09:00:00.000Z' });
});
afterEach(() => rmSync(folder, { recursive: true }));

const shape = { entryId: z.string(), connectionId: z.string(), amount: z.int(), paidAt: z.iso.datetime() };
const entryPosted = (changed: Partial<{ data: z.ZodType; order: Topic['order']; burial: Topic['burial'] }> = {}): Topic =>
  defineTopic({
    name: 'ledger.entry.posted.v1',
    kind: 'log',
    burial: 'parks',
    key: (entry: { entryId: string }) => entry.entryId,
    order: (entry: { connectionId: string }) => entry.connectionId,
    data: z.object(shape),
    ...changed,
  } as Parameters<typeof defineTopic>[0]) as Topic;
const files = (...topics: Topic[]): SchemaFiles => new SchemaFiles(topics, folder);

function sample(name: string, value: unknown): void {
  mkdirSync(join(folder, 'samples/ledger.entry.posted.v1'), { recursive: true });
  writeFileSync(join(folder, 'samples/ledger.entry.posted.v1', `${name}.json`), JSON.stringify(value));
}

describe('the schemas', () => {
  it('tell the shape, and the properties of the topic beside it', async () => {
    await files(entryPosted()).write();

    expect(JSON.parse(readFileSync(join(folder, 'schemas/ledger.entry.posted.v1.json'), 'utf8'))).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'ledger.entry.posted.v1',
      'x-turnpike': {
        kind: 'log',
        burial: 'parks',
        partitions: 24,
        samples: { '2026-11-21-paid.json': { key: '{entryId}', order: '{connectionId}' } },
      },
      type: 'object',
      properties: { amount: { type: 'integer' }, paidAt: { type: 'string', format: 'date-time' } },
      required: ['entryId', 'connectionId', 'amount', 'paidAt'],
    });
  });

  it('pass the check once they are written, and not before', async () => {
    expect((await files(entryPosted()).check()).problems).toEqual([expect.stringContaining('is missing')]);
    await files(entryPosted()).write();

    expect(await files(entryPosted()).check()).toEqual({ problems: [], cautions: [] });
  });

  it('fail the check when the sources say something else', async () => {
    await files(entryPosted()).write();
    const { problems } = await files(entryPosted({ data: z.object({ ...shape, note: z.string().optional() }) })).check();

    expect(problems).toEqual(['schemas/ledger.entry.posted.v1.json is not what the sources say. Run: npm run schemas']);
  });

  it('do not outlive their topic', async () => {
    await files(entryPosted()).write();

    expect((await files().check()).problems).toEqual(['schemas/ledger.entry.posted.v1.json belongs to no topic. Run: npm run schemas']);
    await files().write();
    expect(readdirSync(join(folder, 'schemas'))).toEqual([]);
  });

  it('need a sample of every topic, and one that its contract reads', async () => {
    sample('2026-11-22-torn', { entryId: 'e_1' });
    await expect(files(entryPosted()).write()).rejects.toThrow(
      '2026-11-22-torn.json of ledger.entry.posted.v1 is not what its contract says',
    );

    rmSync(join(folder, 'samples'), { recursive: true });
    await expect(files(entryPosted()).write()).rejects.toThrow('ledger.entry.posted.v1 has no sample');
  });

  it.each([
    ['a date', z.object({ ...shape, on: z.date().optional() })],
    ['a bigint', z.object({ ...shape, big: z.bigint().optional() })],
    ['a default, which would make readers see what nobody wrote', z.object({ ...shape, kind: z.string().default('x') })],
  ])('cannot hold %s', (_what, data) => {
    expect(() => topicSchema(entryPosted({ data }), [])).toThrow('A message is plain JSON');
  });
});

describe('what was released', () => {
  it('is kept: a breaking change fails the check and cannot be released', async () => {
    await files(entryPosted()).release();
    const changed = files(entryPosted({ data: z.object({ ...shape, amount: z.int().min(0) }) }));
    await changed.write();
    const said = ['ledger.entry.posted.v1: amount minimum was -9007199254740991 and is 0. (bound-narrowed) Make it a new topic.'];

    expect((await changed.check()).problems).toEqual(said);
    expect(await changed.release()).toEqual(said);
    expect(await files(entryPosted()).release()).toEqual([]);
  });

  it.each([
    ['burial', entryPosted({ burial: 'heals' })],
    ['order', entryPosted({ order: (entry) => (entry as { entryId: string }).entryId })],
  ])('fixes the %s of the topic', async (_property, changed) => {
    await files(entryPosted()).release();

    expect(await files(changed).release()).toEqual([expect.stringContaining('(topic-property-changed)')]);
  });

  it('fixes its samples: none may be edited or lost', async () => {
    await files(entryPosted()).release();
    sample('2026-11-21-paid', { entryId: 'e_1', connectionId: 'con_1', amount: 2990, paidAt: '2026-11-21T09:00:00.000Z' });
    expect(await files(entryPosted()).release()).toEqual([expect.stringContaining('fingerprint was')]);

    rmSync(join(folder, 'samples'), { recursive: true });
    sample('2026-11-30-other', { entryId: 'e_1', connectionId: 'con_1', amount: 2990, paidAt: '2026-11-21T09:00:00.000Z' });
    expect(await files(entryPosted()).release()).toEqual([expect.stringMatching(/2026-11-21-paid\.json was .* and is gone\./)]);
  });

  it('does not mind how a sample is laid out', async () => {
    await files(entryPosted()).release();
    sample('2026-11-21-paid', { paidAt: '2026-11-21T09:00:00.000Z', amount: 1990, connectionId: 'con_1', entryId: 'e_1' });

    expect(await files(entryPosted()).release()).toEqual([]);
  });

  it('moves on with a compatible change, and says whom it concerns', async () => {
    const method = (...values: [string, ...string[]]) => z.object({ ...shape, method: z.enum(values).optional() });
    await files(entryPosted({ data: method('card') })).release();
    const more = files(entryPosted({ data: method('card', 'bank') }));
    await more.write();

    expect(await more.check()).toEqual({
      problems: [],
      cautions: ['ledger.entry.posted.v1: method may be "bank" now. (enum-value-added) Update the readers first.'],
    });
    expect(await more.release()).toEqual([]);
    expect((await more.check()).cautions).toEqual([]);
  });

  it('includes the topic itself', async () => {
    await files(entryPosted()).release();

    expect(await files().release()).toEqual([expect.stringContaining('ledger.entry.posted.v1: the topic is gone')]);
    expect(existsSync(join(folder, 'released/ledger.entry.posted.v1.json'))).toBe(true);
  });
});

describe('the contracts of this repository', () => {
  const contracts = resolve(import.meta.dirname, '../../../libs/contracts/events');
  const readJson = (path: string): unknown => JSON.parse(readFileSync(join(contracts, path), 'utf8'));

  it('are generated as they stand, and keep what was released', async () => {
    expect((await new SchemaFiles(TOPICS, contracts).check()).problems).toEqual([]);
  });

  it.each(TOPICS.map(({ name }) => name))('%s: another reader of the schema takes the samples, and refuses an empty message', (name) => {
    const validate = new Ajv2020({ strictSchema: false, formats: { 'date-time': true } }).compile(
      readJson(`schemas/${name}.json`) as object,
    );

    for (const file of readdirSync(join(contracts, 'samples', name))) expect(validate(readJson(`samples/${name}/${file}`))).toBe(true);
    expect(validate({})).toBe(false);
  });
});
