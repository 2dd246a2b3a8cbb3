import { describe, expect, it } from '@jest/globals';
import { StripeEventReceived, wireKey } from '@turnpike/contracts-events';
import { orderKeyOf } from './stripe-object.js';
import { anEvent } from './testing/stripe-events.js';

describe('the order key of a Stripe object', () => {
  it('is the one that the reader locks for its events', () => {
    const scope = { organization: 'acme', environment: 'test' } as const;
    const event = anEvent('customer.created', { id: 'cus_1', object: 'customer' });

    expect(orderKeyOf({ scope, connectionId: event.connectionId, stripeId: 'cus_1' })).toBe(
      wireKey(scope, StripeEventReceived.order(event)),
    );
  });
});
