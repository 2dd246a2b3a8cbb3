import { type Scope, wireKey } from '@turnpike/contracts-events';

/** One object of one Stripe account, as everything here names it. */
export interface StripeObject {
  readonly scope: Scope;
  readonly connectionId: string;
  /** Stripe's id. */
  readonly stripeId: string;
}

/**
 * The order key of an object's events on `gateway.stripe-event.received.v1`, which is what the reader locks: whoever changes the object's
 * row from elsewhere locks the same (road 2.4).
 */
export function orderKeyOf({ scope, connectionId, stripeId }: StripeObject): string {
  return wireKey(scope, `${connectionId}/${stripeId}`);
}
