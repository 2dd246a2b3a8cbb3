import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { BREAKAGES, breakagesBetween, cautionsBetween, TOPIC_PROPERTIES } from './compare.js';
import type { Schema } from './json-schema.js';

const schemaOf = (type: z.ZodType): Schema => z.toJSONSchema(type, { io: 'input' }) as unknown as Schema;
const breakages = (released: z.ZodType, current: z.ZodType): string[] =>
  breakagesBetween(schemaOf(released), schemaOf(current)).map((breakage) => `${breakage.kind} ${breakage.path}`.trim());
const cautions = (released: z.ZodType, current: z.ZodType): string[] =>
  cautionsBetween(schemaOf(released), schemaOf(current)).map((caution) => `${caution.kind} ${caution.path}`.trim());

const released = z.object({
  id: z.string(),
  note: z.string().optional(),
  name: z.string().nullable(),
  status: z.enum(['active', 'canceled']),
  quantity: z.int().min(0).max(100),
  items: z.array(z.object({ priceId: z.string(), productId: z.string().nullable() })),
});

const properties = (changed: Record<string, unknown> = {}): Schema => ({
  ...schemaOf(released),
  [TOPIC_PROPERTIES]: {
    kind: 'state',
    burial: 'heals',
    partitions: 24,
    samples: { '2026-11-21-a.json': { key: '{id}', order: '{id}', fingerprint: 'ab' } },
    ...changed,
  },
});

describe('each of the eight breakages is refused', () => {
  it('a field that was removed', () => {
    expect(breakages(released, released.omit({ note: true }))).toEqual(['field-removed note']);
    expect(breakages(released, released.omit({ id: true }))).toEqual(['field-removed id']);
  });

  it('a required field that was added', () => {
    expect(breakages(released, released.extend({ clockId: z.string().nullable() }))).toEqual(['required-added clockId']);
  });

  it('an optional field that was made required', () => {
    expect(breakages(released, released.extend({ note: z.string() }))).toEqual(['optional-made-required note']);
  });

  it('a type that was changed', () => {
    expect(breakages(released, released.extend({ id: z.int() }))).toEqual(['type-changed id']);
    expect(breakages(released, released.extend({ status: z.array(z.enum(['active', 'canceled'])) }))).toEqual(['type-changed status']);
    expect(breakages(z.object({ rate: z.number() }), z.object({ rate: z.int() }))).toContain('type-changed rate');
    expect(breakages(z.object({ any: z.unknown() }), z.object({ any: z.string() }))).toContain('type-changed any');
  });

  it('a null that was withdrawn', () => {
    expect(breakages(released, released.extend({ name: z.string() }))).toEqual(['null-withdrawn name']);
  });

  it('a value that was removed from a closed list', () => {
    expect(breakages(released, released.extend({ status: z.enum(['active']) }))).toEqual(['enum-value-removed status']);
    expect(breakages(released, released.extend({ status: z.literal('canceled') }))).toEqual(['enum-value-removed status']);
  });

  it.each([
    ['a higher minimum', z.int().min(1).max(100)],
    ['a lower maximum', z.int().min(0).max(99)],
    ['an exclusive minimum', z.int().positive().max(100)],
    ['a step', z.int().min(0).max(100).multipleOf(5)],
  ])('a number that got %s', (_change, quantity) => {
    expect(breakages(released, released.extend({ quantity }))).toContain('bound-narrowed quantity');
  });

  it.each([
    ['a minimum length', z.string().min(1)],
    ['a maximum length', z.string().max(10)],
    ['a pattern', z.string().regex(/^sub_/)],
    ['a format', z.iso.datetime()],
    ['a closed list', z.enum(['a', 'b'])],
  ])('a text that got %s', (_change, id) => {
    expect(new Set(breakages(released, released.extend({ id })))).toEqual(new Set(['bound-narrowed id']));
  });

  it('a list that must be longer, or shorter', () => {
    const items = released.shape.items;

    expect(breakages(released, released.extend({ items: items.min(1) }))).toEqual(['bound-narrowed items']);
    expect(breakages(released, released.extend({ items: items.max(9) }))).toEqual(['bound-narrowed items']);
    expect(breakages(released.extend({ items: items.max(9) }), released.extend({ items: items.max(8) }))).toEqual(['bound-narrowed items']);
  });

  it.each([
    ['kind', { kind: 'log' }],
    ['burial', { burial: 'parks' }],
    ['partitions', { partitions: 12 }],
    ['samples › 2026-11-21-a.json › key', { samples: { '2026-11-21-a.json': { key: '{customerId}', order: '{id}', fingerprint: 'ab' } } }],
    [
      'samples › 2026-11-21-a.json › order',
      { samples: { '2026-11-21-a.json': { key: '{id}', order: '{customerId}', fingerprint: 'ab' } } },
    ],
    ['samples › 2026-11-21-a.json › fingerprint', { samples: { '2026-11-21-a.json': { key: '{id}', order: '{id}', fingerprint: 'cd' } } }],
    ['samples › 2026-11-21-a.json', { samples: {} }],
  ])('a property of the topic that was changed: %s', (path, changed) => {
    const found = breakagesBetween(properties(), properties(changed));

    expect(new Set(found.map(({ kind }) => kind))).toEqual(new Set(['topic-property-changed']));
    expect(found.some((breakage) => breakage.path.startsWith(path))).toBe(true);
  });
});

describe('a breakage is found wherever it hides', () => {
  it('in the objects of a list', () => {
    const items = z.array(z.object({ priceId: z.string(), productId: z.string() }));

    expect(breakages(released, released.extend({ items }))).toEqual(['null-withdrawn items[].productId']);
  });

  it('in a nullable object', () => {
    const before = z.object({ request: z.object({ id: z.string() }).nullable() });
    const after = z.object({ request: z.object({ id: z.string(), key: z.string() }).nullable() });

    expect(breakages(before, after)).toEqual(['required-added request.key']);
  });

  it('in a definition that others refer to', () => {
    const version = (n: z.ZodType) => z.object({ version: z.object({ n }).meta({ id: `V${Math.random()}` }) });

    expect(breakages(version(z.int()), version(z.string()))).toEqual(['type-changed version.n']);
  });

  it('in a shape that holds itself', () => {
    const tree = (label: z.ZodType) => {
      const node: z.ZodType = z.lazy(() => z.object({ label, children: z.array(node) }));
      return z.object({ root: node });
    };

    expect(breakages(tree(z.string()), tree(z.string()))).toEqual([]);
    expect(breakages(tree(z.string().nullable()), tree(z.string()))).toEqual(['null-withdrawn root.label']);
  });

  it('in a union of shapes that hold the union', () => {
    const expression = (value: z.ZodType) => {
      const any: z.ZodType = z.lazy(() =>
        z.union([z.object({ is: z.literal('value'), value }), z.object({ is: z.literal('sum'), left: any, right: any })]),
      );
      return z.object({ formula: any });
    };

    expect(breakages(expression(z.number()), expression(z.number()))).toEqual([]);
    expect(breakages(expression(z.number()), expression(z.string()))).toContain('type-changed formula.value');
  });

  it('in the values and the names of a record', () => {
    const before = z.object({ prices: z.record(z.string(), z.number()) });

    expect(breakages(before, z.object({ prices: z.record(z.string(), z.string()) }))).toEqual(['type-changed prices{}']);
    expect(breakages(before, z.object({ prices: z.record(z.string().max(3), z.number()) }))).toEqual(['bound-narrowed prices{name}']);
  });

  it('in one variant of several', () => {
    const card = z.object({ type: z.literal('card'), last4: z.string() });
    const bank = z.object({ type: z.literal('bank'), bank: z.string().nullable() });
    const before = z.object({ method: z.discriminatedUnion('type', [card, bank]) });

    expect(breakages(before, z.object({ method: z.discriminatedUnion('type', [bank, card]) }))).toEqual([]);
    expect(breakages(before, z.object({ method: card }))).toContain('enum-value-removed method.type');
    expect(breakages(before, z.object({ method: z.discriminatedUnion('type', [card, bank.extend({ bank: z.string() })]) }))).toEqual([
      'null-withdrawn method.bank',
    ]);
  });

  it('in one type of several', () => {
    expect(breakages(z.object({ id: z.union([z.string(), z.int()]) }), z.object({ id: z.string() }))).toEqual(['type-changed id']);
  });

  it('in both halves of what must hold together', () => {
    const both = z.object({ left: z.string() }).and(z.object({ right: z.string().nullable() }));

    expect(breakages(z.object({ pair: both }), z.object({ pair: z.object({ left: z.string(), right: z.string() }) }))).toEqual([
      'null-withdrawn pair.right',
    ]);
  });

  it('in a place of a tuple', () => {
    const before = z.object({ span: z.tuple([z.int(), z.int().nullable()]) });

    expect(breakages(before, z.object({ span: z.tuple([z.int(), z.int()]) }))).toEqual(['null-withdrawn span[1]']);
  });

  it('in an object that refuses what a newer writer adds', () => {
    expect(breakages(z.object({ id: z.string() }), z.strictObject({ id: z.string() }))).toEqual(['bound-narrowed']);
  });

  it('in a keyword that this tool has no words for', () => {
    expect(breakagesBetween({ type: 'array' }, { type: 'array', uniqueItems: true })).toMatchObject([{ kind: 'bound-narrowed' }]);
    expect(breakagesBetween({ type: 'string' }, { type: 'string', contentEncoding: 'base64' })).toMatchObject([{ kind: 'bound-narrowed' }]);
  });
});

describe('a compatible change passes', () => {
  it('the same again, written in another order or with other words', () => {
    const described = released.extend({ id: z.string().describe('Ours.').meta({ deprecated: true }) });

    expect(breakages(released, described)).toEqual([]);
    expect(cautions(released, described)).toEqual([]);
    expect(breakages(z.object({ a: z.union([z.literal('x'), z.literal('y')]) }), z.object({ a: z.enum(['y', 'x']) }))).toEqual([]);
  });

  it('an optional field that was added', () => {
    expect(breakages(released, released.extend({ clockId: z.string().optional() }))).toEqual([]);
    expect(cautions(released, released.extend({ clockId: z.string().optional() }))).toEqual([]);
  });

  it('a sample or a property of the topic that was added', () => {
    const more = {
      since: '2026-11',
      samples: { '2026-11-21-a.json': { key: '{id}', order: '{id}', fingerprint: 'ab' }, '2026-12-01-b.json': {} },
    };

    expect(breakagesBetween(properties(), properties(more))).toEqual([]);
  });

  it.each([
    [
      'a value that was added to a closed list',
      released.extend({ status: z.enum(['active', 'canceled', 'paused']) }),
      'enum-value-added status',
    ],
    ['a null that was added', released.extend({ id: z.string().nullable() }), 'null-added id'],
    ['a field that may be left out now', released.extend({ id: z.string().optional() }), 'required-made-optional id'],
    ['a type that was added', released.extend({ id: z.union([z.string(), z.int()]) }), 'type-widened id'],
    ['a whole number that may be any number', released.extend({ quantity: z.number().min(0).max(100) }), 'type-widened quantity'],
    ['a bound that was widened', released.extend({ quantity: z.int().min(-1).max(100) }), 'bound-widened quantity'],
    ['a closed list that was opened', released.extend({ status: z.string() }), 'bound-widened status'],
  ])('%s, but readers must have it first', (_change, current, caution) => {
    expect(breakages(released, current)).toEqual([]);
    expect(cautions(released, current)).toEqual([caution]);
  });
});

describe('what the tool says', () => {
  it('is a sentence about the field', () => {
    const [breakage] = breakagesBetween(schemaOf(released), schemaOf(released.extend({ status: z.enum(['active']) })));

    expect(breakage?.text).toBe('no longer takes "canceled", but messages exist that say it.');
  });

  it('knows eight kinds of breakage', () => {
    expect(BREAKAGES).toHaveLength(8);
  });

  it('does not guess where a schema points nowhere', () => {
    expect(() => breakagesBetween({ $ref: '#/$defs/Gone' }, {})).toThrow('#/$defs/Gone');
  });
});
