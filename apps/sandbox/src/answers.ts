import { StripeError } from './stripe-error.js';

/** What goes back to the caller; null: the connection is cut instead. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export const written = (body: unknown): string => `${JSON.stringify(body, null, 2)}\n`;

/** The body of an error (H1). */
export function errorBody({ fields }: StripeError, requestId: string, account: string | undefined): unknown {
  const { type, code, message, param, more } = fields;
  const log =
    account === undefined ? {} : { request_log_url: `https://dashboard.stripe.com/${account}/test/workbench/logs?object=${requestId}` };
  const doc = code === undefined ? {} : { code, doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}` };
  return { error: { ...more, ...doc, message, ...(param === undefined ? {} : { param }), ...log, type } };
}

export const rateLimited = (): StripeError =>
  new StripeError({
    status: 429,
    type: 'invalid_request_error',
    code: 'rate_limit',
    message: 'Request rate limit exceeded. You can learn more about rate limits here https://stripe.com/docs/rate-limits.',
    headers: { 'stripe-rate-limited-reason': 'global-rate' },
  });

export const lockTimeout = (): StripeError =>
  new StripeError({
    status: 429,
    type: 'invalid_request_error',
    code: 'lock_timeout',
    message:
      'This object cannot be accessed right now because another API request or Stripe process is currently accessing it. If you see this error intermittently, retry the request. If you see this error frequently and are making multiple concurrent requests to a single object, make your requests serially or at a lower rate.',
  });

export const brokenInside = (status = 500): StripeError =>
  new StripeError({ status, type: 'api_error', message: 'An unknown error occurred', headers: {} });

export const unknownUrl = (method: string, path: string): StripeError =>
  new StripeError({
    status: 404,
    type: 'invalid_request_error',
    message: `Unrecognized request URL (${method}: ${path}). If you are trying to list objects, remove the trailing slash. If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier in your code. Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`,
  });

export const unknownVersion = (version: string): StripeError =>
  new StripeError({
    status: 400,
    type: 'invalid_request_error',
    message: `Invalid Stripe API version: ${version}. You can view your current version of the API at https://dashboard.stripe.com/developers`,
  });
