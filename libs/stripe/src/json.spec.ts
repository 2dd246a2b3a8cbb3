import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sameJson } from './json.js';

describe('two JSON values', () => {
  it('are the same whatever the order of their keys', () => {
    expect(sameJson({ a: 1, b: [{ c: null, d: 2 }] }, { b: [{ d: 2, c: null }], a: 1 })).toBe(true);
  });

  it.each([
    [{ a: 1 }, { a: 1, b: undefined }],
    [
      [1, 2],
      [2, 1],
    ],
    [{}, []],
    [null, {}],
    [{ constructor: 1 }, {}],
    ['1', 1],
  ])('%j and %j are not the same', (left, right) => {
    expect(sameJson(left, right)).toBe(false);
    expect(sameJson(right, left)).toBe(false);
  });

  it('are the same exactly when Jest finds them equal', () => {
    const value = fc.jsonValue({ maxDepth: 2, noUnicodeString: true });
    fc.assert(
      fc.property(value, value, (left, right) => {
        expect(sameJson(left, structuredClone(left))).toBe(true);
        // JSON has no negative zero.
        const [one, two] = [JSON.parse(JSON.stringify(left)), JSON.parse(JSON.stringify(right))] as [unknown, unknown];
        expect(sameJson(one, two)).toBe(JSON.stringify(sorted(one)) === JSON.stringify(sorted(two)));
      }),
    );
  });

  function sorted(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(sorted);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
    return { object: entries.map(([key, entry]) => [key, sorted(entry)]) };
  }
});
