import { InputInvalid } from './problem.filter.js';

/** A position in a list ordered by (createdAt, id), newest first. Opaque to callers, and versioned so that it may change. */
export interface Cursor {
  readonly createdAt: string;
  readonly id: string;
}

export function toCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify([1, cursor.createdAt, cursor.id])).toString('base64url');
}

/** @throws InputInvalid for anything that `toCursor` did not make */
export function fromCursor(text: string, pointer = '/starting_after'): Cursor {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (Array.isArray(value) && value[0] === 1 && typeof value[1] === 'string' && typeof value[2] === 'string' && !Number.isNaN(Date.parse(value[1]))) {
      return { createdAt: value[1], id: value[2] };
    }
  } catch {
    // falls through to the one answer
  }
  throw new InputInvalid([{ pointer, code: 'invalid_cursor', message: 'is not a cursor of this list; take next_cursor of an earlier answer' }]);
}
