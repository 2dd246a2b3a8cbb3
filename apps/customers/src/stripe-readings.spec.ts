import { describe, expect, it } from '@jest/globals';
import { StripeEventReceived, wireKey } from '@turnpike/contracts-events';
import { locksOf, orderKeyOf } from '@turnpike/mirror';
import { CUSTOMERS, SUBSCRIPTIONS, TEST_CLOCKS } from './stripe-readings.js';
import { aCustomer, anEvent, aSubscription } from './testing/stripe-events.js';

const READINGS = [CUSTOMERS, SUBSCRIPTIONS, TEST_CLOCKS];
const scope = { organization: 'acme', environment: 'test' } as const;

describe('the order key of a Stripe object', () => {
  it('is the one that the reader locks for its events', () => {
    const event = anEvent('customer.created', { id: 'cus_1', object: 'customer' });

    expect(orderKeyOf({ scope, connectionId: event.connectionId, stripeId: 'cus_1' })).toBe(
      wireKey(scope, StripeEventReceived.order(event)),
    );
  });
});

describe('what an event names', () => {
  const locked = (type: string, object: Parameters<typeof anEvent>[1] | null) =>
    locksOf(READINGS, { scope, data: { ...anEvent(type, {}), object } });
  const created = (customer: unknown) => locked('customer.subscription.created', aSubscription('sub_1', customer as string));

  it('is the customer of a subscription, by id or expanded', () => {
    expect(created('cus_1')).toEqual(['acme/test/acme-test/cus_1']);
    expect(created({ id: 'cus_1', object: 'customer' })).toEqual(['acme/test/acme-test/cus_1']);
  });

  it('is the test clock of a customer', () => {
    expect(locked('customer.created', aCustomer('cus_1', { test_clock: 'clock_1' }))).toEqual(['acme/test/acme-test/clock_1']);
  });

  it('is nothing where none can be read, or where the event is about something else', () => {
    expect(created(null)).toEqual([]);
    expect(locked('customer.subscription.created', null)).toEqual([]);
    expect(locked('invoice.paid', { customer: 'cus_1' })).toEqual([]);
  });
});
