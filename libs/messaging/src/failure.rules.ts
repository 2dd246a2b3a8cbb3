import { DomainError, isDatabaseUnavailable, isOutdatedPlan, sqlStateOf } from '@turnpike/service';

/**
 * What a reader does with a message whose handling threw (architecture rule 3):
 * - `wait`: the partition pauses; nothing is wrong with the message
 * - `repeat`: two writers met, or a migration has changed a table beside us; the same again, uncounted
 * - `stop`: nothing of this kind can work until someone acts; burying would empty the topic into the dead letters (road 2.6)
 * - `bury`: the domain has refused it; trying again changes nothing
 * - `retry`: a bug, as far as anyone knows; three tries alone, then it is buried
 */
export type Verdict = 'wait' | 'repeat' | 'stop' | 'bury' | 'retry';

/** Serialization failure, deadlock, lock not available, and a unique key that another writer took first. */
const MET_ANOTHER_WRITER = new Set(['40001', '40P01', '55P03', '23505']);
/** Undefined table, column or function; no such schema; no rights; read-only server; no organization set; bad password. */
const NEEDS_SOMEONE = new Set(['42P01', '42703', '42883', '3F000', '42501', '25006', '28000', '28P01', '3D000']);

export function verdictOn(error: unknown): Verdict {
  if (error instanceof DomainError) {
    if (error.kind === 'unavailable') return 'wait';
    return error.code === 'organization_not_set' ? 'stop' : 'bury';
  }
  const state = sqlStateOf(error);
  if ((state !== null && MET_ANOTHER_WRITER.has(state)) || isOutdatedPlan(error)) return 'repeat';
  if (state !== null && NEEDS_SOMEONE.has(state)) return 'stop';
  if (isDatabaseUnavailable(error)) return 'wait';
  if (error instanceof Error && error.name === 'OptimisticLockError') return 'repeat';
  return 'retry';
}

/** The tries that a message with a bug gets, alone. */
export const TRIES_ALONE = 3;
/** After so many burials in a row the fault is not in the messages: the partition stops and raises an alarm. */
export const BURIALS_IN_A_ROW = 5;
/** The same two writers do not meet more often than this; what does is a bug. */
export const REPEATS = 20;
/** The same for messages that run together, which can be cut apart. */
export const REPEATS_TOGETHER = 3;

/** How a dead letter says what happened: a stable code and one sentence, without the statement and its values. */
export function causeOf(error: unknown): { code: string; message: string } {
  if (error instanceof DomainError) return { code: error.code, message: error.message };
  const state = sqlStateOf(error);
  const message = error instanceof Error ? error.message : String(error);
  // MikroORM quotes the statement with its values before the server's own words: those are data, and stay out.
  const words = message.includes(' - ') && state !== null ? message.slice(message.lastIndexOf(' - ') + 3) : message;
  return { code: state ?? 'bug', message: words.split('\n', 1)[0]!.slice(0, 500) };
}

/** What was thrown, as something that can be logged. */
export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
