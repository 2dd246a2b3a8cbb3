import { Unavailable } from '@turnpike/service';

/** How long to wait after a 429 that does not say it (https://docs.stripe.com/rate-limits). */
const RATE_LIMIT_SECONDS = 2;
const OUTAGE_SECONDS = 5;
const MOST_SECONDS = 300;

/**
 * What the SDK throws, told by its shape: its classes are made in another realm than a test's. `statusCode` is absent when no answer came:
 * the connection broke, or took longer than the timeout.
 */
interface ThrownByStripe {
  readonly type: string;
  readonly message: string;
  readonly statusCode?: number | undefined;
  readonly code?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly requestId?: string | undefined;
}

/** The error as the SDK threw it; null for anything else, such as a bug of ours. */
export function stripeErrorOf(error: unknown): ThrownByStripe | null {
  if (typeof error !== 'object' || error === null || !('type' in error) || !('message' in error)) return null;
  if (typeof error.type !== 'string' || !error.type.startsWith('Stripe') || typeof error.message !== 'string') return null;
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const requestId = 'requestId' in error && typeof error.requestId === 'string' ? error.requestId : undefined;
  const headers = 'headers' in error ? headersOf(error.headers) : undefined;
  return { type: error.type, message: error.message, statusCode: status, code, headers, requestId };
}

/** Stripe has no such object (404): it was deleted, is of another account, or never was. */
export function isMissing(error: unknown): boolean {
  return stripeErrorOf(error)?.statusCode === 404;
}

/** The key is wrong, expired or revoked (401). */
export function isUnauthorized(error: unknown): boolean {
  return stripeErrorOf(error)?.statusCode === 401;
}

/** The key may not do this (403); `missingPermissionOf` says what it lacks. */
export function isForbidden(error: unknown): boolean {
  return stripeErrorOf(error)?.statusCode === 403;
}

/** Too many requests (429); `retryAfterSecondsOf` says when the next may come. */
export function isRateLimited(error: unknown): boolean {
  return stripeErrorOf(error)?.statusCode === 429;
}

/**
 * Nobody knows whether the request took effect: no answer came, Stripe failed (5xx), or the same idempotency key is still at work (409).
 * The same request again, with the same key, is the way to find out (https://docs.stripe.com/api/idempotent_requests).
 */
export function isUnclear(error: unknown): boolean {
  const thrown = stripeErrorOf(error);
  if (!thrown) return false;
  const { statusCode } = thrown;
  return statusCode === undefined ? thrown.type === 'StripeConnectionError' : statusCode >= 500 || statusCode === 409;
}

/** Stripe's own name of the permission that a restricted key lacks: `rak_customer_read`. Null when the answer names none. */
export function missingPermissionOf(error: unknown): string | null {
  return /\brak_[a-z0-9_]+/.exec(stripeErrorOf(error)?.message ?? '')?.[0] ?? null;
}

/** Seconds, from the `Retry-After` of a 429 or 503; otherwise a short wait. */
export function retryAfterSecondsOf(error: unknown): number {
  const told = Number(stripeErrorOf(error)?.headers?.['retry-after']);
  if (Number.isFinite(told) && told > 0) return Math.min(Math.ceil(told), MOST_SECONDS);
  return isRateLimited(error) ? RATE_LIMIT_SECONDS : OUTAGE_SECONDS;
}

/** For reads: a failure that will pass (429, 5xx, no answer) as `Unavailable` with its time to wait, everything else as it was. Throw what it returns. */
export function unavailableOr(error: unknown): unknown {
  if (!isRateLimited(error) && !isUnclear(error)) return error;
  return new Unavailable('Stripe', retryAfterSecondsOf(error), { cause: error });
}

/**
 * When Stripe answered, by its own clock: epoch seconds. What a fetch shows is as old as that (architecture rule 5).
 * @param answer what a call of the SDK returned, or threw. @returns null when there was no answer, or one without a `Date`
 */
export function answeredAt(answer: unknown): number | null {
  const date = (lastResponseHeaders(answer) ?? stripeErrorOf(answer)?.headers)?.['date'];
  const ms = date === undefined ? NaN : Date.parse(date);
  return Number.isNaN(ms) ? null : Math.floor(ms / 1000);
}

/** The SDK hangs `lastResponse` on every object and list it returns. */
function lastResponseHeaders(answer: unknown): Readonly<Record<string, string>> | undefined {
  if (typeof answer !== 'object' || answer === null || !('lastResponse' in answer)) return undefined;
  const { lastResponse } = answer;
  if (typeof lastResponse !== 'object' || lastResponse === null || !('headers' in lastResponse)) return undefined;
  return headersOf(lastResponse.headers);
}

function headersOf(headers: unknown): Readonly<Record<string, string>> | undefined {
  if (typeof headers !== 'object' || headers === null) return undefined;
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) if (typeof value === 'string') texts[name.toLowerCase()] = value;
  return texts;
}
