import type { Change } from './state.js';

/** `type` of the body's `error`. */
export type StripeErrorType = 'invalid_request_error' | 'card_error' | 'idempotency_error' | 'api_error';

export interface StripeErrorFields {
  readonly status: number;
  readonly type: StripeErrorType;
  readonly message: string;
  readonly code?: string;
  readonly param?: string;
  /** decline_code, advice_code, charge, payment_intent, payment_method, …: whatever else stands in the body (H9). */
  readonly more?: Readonly<Record<string, unknown>>;
  /** What stays all the same: a declined payment leaves a failed payment intent and its events. */
  readonly kept?: Change;
  /** Answer headers, as `Stripe-Should-Retry`. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Whether the answer is remembered under the idempotency key (D3, D7): true once the endpoint began its work, as a decline;
   * what fails before (parameters, keys, limits) may be corrected under the same key.
   */
  readonly remembered?: boolean;
}

/** Thrown by transitions; the frame writes it as Stripe does (H1). */
export class StripeError extends Error {
  constructor(readonly fields: StripeErrorFields) {
    super(fields.message);
    this.name = 'StripeError';
  }

  static is(error: unknown): error is StripeError {
    return error instanceof StripeError;
  }
}

export function invalidRequest(message: string, fields: { code?: string; param?: string; status?: number } = {}): StripeError {
  return new StripeError({ status: 400, type: 'invalid_request_error', message, ...fields });
}

/** H2: GET, or POST to an object that is not there. `name` as Stripe writes it in the text: `customer`, `PaymentMethod`. */
export function missingObject(name: string, id: string, param = 'id'): StripeError {
  return invalidRequest(`No such ${name}: '${id}'`, { code: 'resource_missing', param, status: 404 });
}

/** H3: a parameter names an object that is not there. `param` is the path: `items[0][price]`. */
export function missingReference(name: string, id: string, param: string): StripeError {
  return invalidRequest(`No such ${name}: '${id}'`, { code: 'resource_missing', param });
}
