/**
 * What a test card does when it is charged, told by its last four digits as docs.stripe.com/testing lists them.
 * The words are Stripe's (checklist H9).
 */
export interface Decline {
  readonly code: string;
  readonly declineCode: string;
  readonly message: string;
  readonly adviceCode: string;
  readonly networkAdviceCode: string | null;
  readonly networkDeclineCode: string | null;
  readonly param?: string;
}

export type CardOutcome =
  | { readonly kind: 'succeeds'; readonly riskLevel: string }
  | { readonly kind: 'declines'; readonly decline: Decline }
  /** The bank wants to see the cardholder: only a person in front of a page can go on. */
  | { readonly kind: 'asks-cardholder' };

/** What a charge of the card with these last four digits comes to. */
export function outcomeOfCharge(last4: string): CardOutcome {
  const decline = DECLINES_BY_LAST4[last4];
  if (decline) return { kind: 'declines', decline };
  if (ASKING_CARDHOLDER.has(last4)) return { kind: 'asks-cardholder' };
  return { kind: 'succeeds', riskLevel: last4 === '9235' ? 'elevated' : 'normal' };
}

/** Cards that a bank lets be saved and then refuses to charge: how a renewal is made to fail. The other declining cards cannot even be attached. */
export const FAILS_ONLY_WHEN_CHARGED: ReadonlySet<string> = new Set(['0341', '3178']);

/**
 * After these the schedule of retries goes on, but the card is not charged again: only another payment method is
 * (checklist M7, docs.stripe.com/billing/revenue-recovery/smart-retries).
 */
export const NEVER_RETRIED: ReadonlySet<string> = new Set([
  'incorrect_number',
  'lost_card',
  'pickup_card',
  'stolen_card',
  'revocation_of_authorization',
  'revocation_of_all_authorizations',
  'authentication_required',
  'highest_risk_level',
]);

const declined = (declineCode: string, more: Partial<Decline> = {}): Decline => ({
  code: 'card_declined',
  declineCode,
  message: 'Your card was declined.',
  adviceCode: 'try_again_later',
  networkAdviceCode: null,
  networkDeclineCode: null,
  ...more,
});

/** A charge without its cardholder of a card whose bank asks for them. */
export const AUTHENTICATION_REQUIRED: Decline = declined('authentication_required', {
  code: 'authentication_required',
  message: 'Your card was declined. This transaction requires authentication.',
  adviceCode: 'confirm_card_data',
});

const GENERIC = declined('generic_decline', { networkDeclineCode: '01' });

const DECLINES_BY_LAST4: Readonly<Record<string, Decline>> = {
  '0002': GENERIC,
  '0341': GENERIC,
  '9995': declined('insufficient_funds', {
    message: 'Your card has insufficient funds.',
    networkAdviceCode: '02',
    networkDeclineCode: '51',
  }),
  '9987': declined('lost_card', { adviceCode: 'do_not_try_again', networkAdviceCode: '01', networkDeclineCode: '41' }),
  '9979': declined('stolen_card', { adviceCode: 'do_not_try_again', networkAdviceCode: '01', networkDeclineCode: '43' }),
  '0069': declined('expired_card', {
    code: 'expired_card',
    message: 'Your card has expired.',
    adviceCode: 'do_not_try_again',
    networkAdviceCode: '03',
    networkDeclineCode: '54',
    param: 'exp_month',
  }),
  '0127': declined('incorrect_cvc', {
    code: 'incorrect_cvc',
    message: "Your card's security code is incorrect.",
    adviceCode: 'confirm_card_data',
    networkDeclineCode: 'N7',
    param: 'cvc',
  }),
  '0119': declined('processing_error', {
    code: 'processing_error',
    message: 'An error occurred while processing your card. Try again in a little bit.',
    networkDeclineCode: '06',
  }),
  '6975': declined('card_velocity_exceeded', {
    message: 'Your card was declined for making repeated attempts too frequently or exceeding its amount limit.',
    networkAdviceCode: '02',
    networkDeclineCode: '61',
  }),
  '4954': declined('highest_risk_level', { adviceCode: 'do_not_try_again' }),
  '3178': declined('insufficient_funds', {
    message: 'Your card has insufficient funds.',
    networkAdviceCode: '02',
    networkDeclineCode: '51',
  }),
};

const ASKING_CARDHOLDER: ReadonlySet<string> = new Set(['3184', '3220', '3155']);
