import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { packBodies } from './packed-bodies.js';

describe('packed bodies', () => {
  it('come out as they went in, the empty and the null ones too', () => {
    const body = fc.option(fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)));
    fc.assert(
      fc.property(fc.array(body), (bodies) => {
        const { bytes, starts, lengths } = packBodies(bodies);
        const out = starts.map((start, index) => (lengths[index]! < 0 ? null : bytes.subarray(start - 1, start - 1 + lengths[index]!)));
        expect(out.map((one) => one?.toString('hex') ?? null)).toEqual(bodies.map((one) => one?.toString('hex') ?? null));
      }),
    );
  });
});
