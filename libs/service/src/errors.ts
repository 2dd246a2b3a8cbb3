/** The five kinds a failure of ours can have. HTTP maps the kind to a status; a reader of a topic decides by it what to do with the message. */
export type ErrorKind = 'not-found' | 'conflict' | 'invalid' | 'forbidden' | 'unavailable';

/**
 * Something the domain has a word for. `code` is stable and part of the API; the message is a sentence for people and says what to do
 * where something can be done. Anything that is not a DomainError is a bug.
 */
export abstract class DomainError extends Error {
  abstract readonly kind: ErrorKind;
  abstract readonly code: string;
  /** Facts that go beside the message into problem+json and logs: ids only, never payloads. */
  readonly facts: Readonly<Record<string, string | number | boolean | null>> = {};

  override get name(): string {
    return this.constructor.name;
  }
}

/** The database, the bus or another service cannot be reached now; the same request will work later. */
export class Unavailable extends DomainError {
  readonly kind = 'unavailable';
  readonly code = 'unavailable';
  constructor(
    what: string,
    readonly retryAfterSeconds = 5,
    options?: ErrorOptions,
  ) {
    super(`${what} cannot be reached at the moment. Nothing was changed; try again in ${retryAfterSeconds} s.`, options);
  }
}

/** The SQLSTATE of a PostgreSQL error, whichever of the driver, Kysely or MikroORM threw it; null for anything else. */
export function sqlStateOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null;
  // EPIPE has the shape of a SQLSTATE and is none: those have a digit in them.
  if ('code' in error && typeof error.code === 'string' && /^(?=.*[0-9])[0-9A-Z]{5}$/.test(error.code)) return error.code;
  return 'cause' in error ? sqlStateOf(error.cause) : null;
}

const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
/** 57P0x: the server is going down or starting; 57014: a statement took too long; 53xxx: out of connections, memory or disk; 08xxx: the connection broke. */
const UNAVAILABLE_STATES = /^(08...|53...|57P0[1-5]|57014|25P03|55000)$/;
const CONNECTION_MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable|Cannot use a pool after|driver has already been destroyed/i;

/** Whether PostgreSQL could not be reached or could not serve for now, so that the same statement may succeed later. */
export function isDatabaseUnavailable(error: unknown): boolean {
  // Told by their shape and not by `instanceof`: a socket's errors are made in another realm than a test's.
  if (typeof error !== 'object' || error === null || !('message' in error)) return false;
  const state = sqlStateOf(error);
  if (state !== null) return UNAVAILABLE_STATES.test(state);
  if ('code' in error && typeof error.code === 'string' && CONNECTION_CODES.has(error.code)) return true;
  if (CONNECTION_MESSAGES.test(String(error.message))) return true;
  if ('errors' in error && Array.isArray(error.errors)) return error.errors.some(isDatabaseUnavailable);
  return 'cause' in error && error.cause !== error && isDatabaseUnavailable(error.cause);
}
