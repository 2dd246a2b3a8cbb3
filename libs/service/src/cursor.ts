import { InputInvalid } from './problem.filter.js';

/** Where a list goes on, opaque to whoever holds it. */
export function writeCursor(words: readonly string[]): string {
  return Buffer.from(JSON.stringify(words)).toString('base64url');
}

/**
 * @param length how many words it must have
 * @throws InputInvalid for one that we have not written
 */
export function readCursor(cursor: string, length: number): string[] {
  try {
    const words: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(words) && words.length === length && words.every((word) => typeof word === 'string')) return words;
  } catch {
    // Not ours.
  }
  throw new InputInvalid([{ pointer: '/cursor', code: 'invalid_cursor', message: 'is none; take next_cursor of an earlier answer' }]);
}
