import { v7 as uuidv7 } from 'uuid';

/** An id of ours: what it is of, and a UUIDv7, which begins with the time: the order of ids is the order in which they were drawn. */
export function newId(prefix: string): string {
  return `${prefix}_${uuidv7().replaceAll('-', '')}`;
}

/** Anything else is nobody's id and need not be looked up; some of it PostgreSQL could not even take as text. */
export function isId(prefix: string, text: string): boolean {
  return text.startsWith(`${prefix}_`) && /^[0-9a-f]{32}$/.test(text.slice(prefix.length + 1));
}
