import { DomainError } from '@turnpike/service';
import type { SignatureRefusal, StripeEventRefusal } from '@turnpike/stripe';

/** The path names a connection that nobody has declared. Said before the signature is looked at: there is no secret to check it with. */
export class ConnectionNotFound extends DomainError {
  readonly kind = 'not-found';
  readonly code = 'connection_not_found';
  constructor() {
    super('No connection has this address. Take the address of its webhook endpoint from the connection itself.');
  }
}

const SIGNATURES: Readonly<Record<SignatureRefusal, readonly [code: string, message: string]>> = {
  no_header: ['signature_missing', 'The header Stripe-Signature is missing. Only Stripe may send here.'],
  no_timestamp: ['signature_without_timestamp', 'The header Stripe-Signature has no timestamp (t=…).'],
  no_v1: ['signature_without_v1', 'The header Stripe-Signature has no signature of the scheme v1.'],
  no_secret: ['webhook_secret_blank', "This connection's webhook secret is blank. Set the signing secret of its endpoint (whsec_…)."],
  mismatch: [
    'signature_invalid',
    "The signature is of another secret or another body. Check the endpoint's signing secret, and that nothing on the way rewrites the body.",
  ],
  too_old: ['signature_too_old', "The signature is too old. Stripe signs each attempt anew; check this machine's clock."],
};

/** The delivery is not Stripe's, as far as its signature can tell. */
export class SignatureRefused extends DomainError {
  readonly kind = 'invalid';
  readonly code: string;
  constructor(because: SignatureRefusal) {
    const [code, message] = SIGNATURES[because];
    super(message);
    this.code = code;
  }
}

const BODIES: Readonly<Record<StripeEventRefusal, string>> = {
  not_json: 'body_not_json',
  thin_event: 'thin_event',
  not_an_event: 'not_a_stripe_event',
};

/** Signed rightly, but no snapshot event. The message names fields and never their values. */
export class EventRefused extends DomainError {
  readonly kind = 'invalid';
  readonly code: string;
  constructor(because: StripeEventRefusal, detail: string) {
    super(detail);
    this.code = BODIES[because];
  }
}
