import { DomainError, Unavailable } from '@turnpike/service';
import {
  ConnectionNotUsable,
  ConnectionUnknown,
  isRateLimited,
  isUnclear,
  retryAfterSecondsOf,
  StripeAddressRefused,
  stripeErrorOf,
} from '@turnpike/stripe';
import { type FailureKind, kindOfFailure } from './intent.rules.js';
import type { IntentError } from './stripe-intent.entity.js';

/** A try that failed, in our words. */
export interface Failure {
  readonly kind: Exclude<FailureKind, 'bug'>;
  readonly error: IntentError;
  /** Null where Stripe did not ask for a pause. */
  readonly retryAfterSeconds: number | null;
}

/** What an error of the SDK or of our way to it means for an intent. @returns null for a bug: it is nobody's answer */
export function failureOf(error: unknown): Failure | null {
  const thrown = stripeErrorOf(error);
  const kind = kindOfFailure({
    stripeStatus: thrown?.statusCode ?? null,
    isUnclear: isUnclear(error),
    isUnavailable: error instanceof Unavailable,
    isUnusable: error instanceof ConnectionNotUsable || error instanceof StripeAddressRefused,
    isRemoved: isRemoved(error),
  });
  if (kind === 'bug') return null;
  const retryAfterSeconds = isRateLimited(error) ? retryAfterSecondsOf(error) : null;
  if (thrown) {
    const code = thrown.code ?? (thrown.statusCode === undefined ? 'no_answer' : `http_${thrown.statusCode}`);
    return { kind, error: { code, message: thrown.message, requestId: thrown.requestId ?? null }, retryAfterSeconds };
  }
  return { kind, error: errorOfOurs(error), retryAfterSeconds };
}

function isRemoved(error: unknown): boolean {
  if (error instanceof ConnectionUnknown) return true;
  return error instanceof ConnectionNotUsable && (error.status === 'removing' || error.status === 'removed');
}

function errorOfOurs(error: unknown): IntentError {
  if (error instanceof DomainError) return { code: error.code, message: error.message, requestId: null };
  return { code: 'no_answer', message: 'Stripe did not answer.', requestId: null };
}
