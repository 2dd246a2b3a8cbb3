import { createHash } from 'node:crypto';
import { invalidRequest, StripeError } from './stripe-error.js';

/** A request's answer, kept under its key so that a second try gets the same one (D3). */
export interface KeptAnswer {
  readonly fingerprint: string;
  readonly requestId: string;
  readonly status: number;
  readonly body: string;
  /** Seconds; answers are forgotten after a day (D2). */
  readonly at: number;
}

const LONGEST_KEY = 255;
const DAY = 86_400;

export function checkKey(key: string): void {
  if (key.length <= LONGEST_KEY) return;
  throw invalidRequest(`Idempotency keys must be at most ${LONGEST_KEY} characters long; this one has ${key.length}.`);
}

/** Two requests are the same when method, path, version and body are (D5). */
export function fingerprintOf(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

export const isForgotten = (answer: KeptAnswer, now: number): boolean => answer.at + DAY <= now;

export function usedOtherwise(key: string): StripeError {
  return new StripeError({
    status: 400,
    type: 'idempotency_error',
    message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
  });
}

/** D6: the first request under this key has not been answered yet. */
export function inUse(key: string): StripeError {
  return new StripeError({
    status: 409,
    type: 'idempotency_error',
    code: 'idempotency_key_in_use',
    message: `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`,
  });
}
