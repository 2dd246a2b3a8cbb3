import { describe, expect, it } from '@jest/globals';
import { readCursor, writeCursor } from './cursor.js';
import { InputInvalid } from './problem.filter.js';

describe('a cursor', () => {
  it('brings back what was put into it, whatever that is', () => {
    const words = ['acme', '', 'a/b "c"', '9223372036854775807', 'Ω'];
    expect(readCursor(writeCursor(words), 5)).toEqual(words);
  });

  it.each(['', 'abc', 'eyJhIjoxfQ', writeCursor(['one']), Buffer.from('[1,2]').toString('base64url')])('refuses "%s"', (cursor) => {
    expect(() => readCursor(cursor, 2)).toThrow(InputInvalid);
  });
});
