import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isAbove } from './place.js';

const place = fc.record({ epoch: fc.bigInt({ min: 0n, max: 3n }), number: fc.bigInt({ min: 0n, max: 5n }) });

describe('a message and a place', () => {
  it('a higher number of the same epoch is new, a copy is not', () => {
    expect(isAbove({ epoch: 1n, number: 8n }, { epoch: 1n, number: 7n })).toBe(true);
    expect(isAbove({ epoch: 1n, number: 7n }, { epoch: 1n, number: 7n })).toBe(false);
  });

  it('a message of an earlier life of the writer is never new, whatever its number', () => {
    expect(isAbove({ epoch: 1n, number: 900n }, { epoch: 2n, number: 1n })).toBe(false);
  });

  it('of any two, at most one is above the other, and only equals are neither', () => {
    fc.assert(
      fc.property(place, place, (a, b) => {
        const equal = a.epoch === b.epoch && a.number === b.number;
        expect(Number(isAbove(a, b)) + Number(isAbove(b, a))).toBe(equal ? 0 : 1);
      }),
    );
  });
});
