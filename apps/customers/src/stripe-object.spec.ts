import { describe, expect, it } from '@jest/globals';
import { StripeEventReceived, wireKey } from '@turnpike/contracts-events';
import { customerNamedBy, orderKeyOf } from './stripe-object.js';
import { anEvent, aSubscription } from './testing/stripe-events.js';

describe('the order key of a Stripe object', () => {
  it('is the one that the reader locks for its events', () => {
    const scope = { organization: 'acme', environment: 'test' } as const;
    const event = anEvent('customer.created', { id: 'cus_1', object: 'customer' });

    expect(orderKeyOf({ scope, connectionId: event.connectionId, stripeId: 'cus_1' })).toBe(
      wireKey(scope, StripeEventReceived.order(event)),
    );
  });
});

describe('the customer that an event names', () => {
  const created = (customer: unknown) => ({
    type: 'customer.subscription.created',
    object: { ...aSubscription('sub_1', ''), customer: customer as string },
  });

  it('is the one of its subscription, by id or expanded', () => {
    expect(customerNamedBy(created('cus_1'))).toBe('cus_1');
    expect(customerNamedBy(created({ id: 'cus_1', object: 'customer' }))).toBe('cus_1');
  });

  it('is nobody where none can be read, or where the event is about something else', () => {
    expect(customerNamedBy(created(null))).toBeNull();
    expect(customerNamedBy({ type: 'customer.subscription.created', object: null })).toBeNull();
    expect(customerNamedBy({ type: 'invoice.paid', object: { customer: 'cus_1' } })).toBeNull();
  });
});
