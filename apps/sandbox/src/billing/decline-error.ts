import type { Change, State } from '../state.js';
import { StripeError } from '../stripe-error.js';
import type { Attempt } from './paying.js';

/** The answer to a request whose payment did not go through (H9). `kept`: what stays all the same. */
export function cardError(state: State, attempt: Attempt, kept: Change | undefined): StripeError {
  if (attempt.kind === 'declined') {
    const { type: _type, code, message, param, doc_url: _doc, payment_method, ...more } = attempt.error;
    return new StripeError({
      status: 402,
      type: 'card_error',
      code,
      message: typeof message === 'string' ? message : 'Your card was declined.',
      ...(typeof param === 'string' ? { param } : {}),
      more: { ...more, payment_intent: state.find('payment_intent', attempt.intent.id) ?? attempt.intent, payment_method },
      ...(kept === undefined ? {} : { kept }),
      remembered: true,
    });
  }
  if (attempt.kind === 'needs-cardholder') {
    return new StripeError({
      status: 402,
      type: 'card_error',
      code: 'invoice_payment_intent_requires_action',
      message: "This invoice's PaymentIntent requires additional user action before completing successfully.",
      more: { payment_intent: attempt.intent },
      ...(kept === undefined ? {} : { kept }),
      remembered: true,
    });
  }
  return new StripeError({
    status: 400,
    type: 'invalid_request_error',
    code: 'resource_missing',
    message:
      'This customer has no attached payment source or default payment method. Please consider adding a default payment method. For more information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority.',
    ...(kept === undefined ? {} : { kept }),
    remembered: true,
  });
}
