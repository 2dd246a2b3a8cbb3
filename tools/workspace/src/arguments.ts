import { parseArgs } from 'node:util';
import { KINDS, type Kind } from './parts.js';

export const USAGE = `npm test                             everything: types, lint, unit tests, generated files, format, then the tests with servers
npm test -- --kind unit,postgres     only tests of these kinds: ${KINDS.join(', ')}`;

/** What `npm test` was asked for. */
export interface Wish {
  /** Null is everything, which is more than tests. */
  readonly kinds: readonly Kind[] | null;
}

/** @returns a sentence that says what is wrong, when something is */
export function readArguments(args: readonly string[]): Wish | string {
  let given: string[];
  try {
    const { values } = parseArgs({ args: [...args], options: { kind: { type: 'string', multiple: true } } });
    given = (values.kind ?? []).flatMap((list) => list.split(',')).map((name) => name.trim());
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  if (given.length === 0) return { kinds: null };
  const unknown = given.filter((name) => !KINDS.some((kind) => kind === name));
  if (unknown.length > 0) return `There is no kind of test called ${unknown.map((name) => `"${name}"`).join(', ')}.`;
  return { kinds: KINDS.filter((kind) => given.includes(kind)) };
}
