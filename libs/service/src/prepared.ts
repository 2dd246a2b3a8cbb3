import { sqlStateOf } from './errors.js';
import type { Queryable, Result, ResultRow } from './postgres.js';

/** Each costs every connection some memory. Texts beyond this many are run as they are: then something writes them with its values. */
const MOST_TEXTS = 400;

const names = new Map<string, string>();
let life = 0;

/**
 * Runs a statement whose text never changes, only its values: each connection parses and plans it once, under a name, and not each time.
 * For a statement of a batch the planning is as much work as the rows.
 */
export async function prepared<R extends ResultRow>(on: Queryable, text: string, values: unknown[]): Promise<Result<R>> {
  const name = nameOf(text);
  try {
    return await on.query<R>(name === null ? { text, values } : { name, text, values });
  } catch (error) {
    // "cached plan must not change result type": a migration ran beside us. The same again, under new names, will work.
    if (isOutdatedPlan(error)) {
      life++;
      names.clear();
    }
    throw error;
  }
}

/** Whether a statement failed only because it was planned before a migration; it can be repeated at once. */
export function isOutdatedPlan(error: unknown): boolean {
  return (
    sqlStateOf(error) === '0A000' &&
    typeof error === 'object' &&
    error !== null &&
    'message' in error &&
    String(error.message).includes('cached plan')
  );
}

function nameOf(text: string): string | null {
  const known = names.get(text);
  if (known !== undefined) return known;
  if (names.size >= MOST_TEXTS) return null;
  const name = `t${life}_${names.size}`;
  names.set(text, name);
  return name;
}
