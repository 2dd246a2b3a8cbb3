import { describe, expect, it } from '@jest/globals';
import { fromStripeCustomer } from './customer.mapping.js';
import { aStripeCustomer } from './testing/stripe-objects.js';
import { UnreadableStripeObject } from './unreadable-stripe-object.error.js';

describe("a customer in Stripe's words", () => {
  it('is read into ours, without address, telephone or payment sources', () => {
    const customer = aStripeCustomer({
      phone: '+1',
      address: { city: 'X' },
      sources: { data: [] },
      metadata: { turnpike_id: 'c1', other: 'x' },
    });
    expect(fromStripeCustomer(customer)).toEqual({
      customerId: 'cus_1',
      name: 'Ada',
      email: 'ada@example.com',
      currency: 'usd',
      testClockId: null,
      isDeleted: false,
      createdAt: '2026-11-01T00:00:00.000Z',
      metadata: { turnpike_id: 'c1' },
    });
  });

  it('may have no name, no e-mail and no currency yet', () => {
    expect(fromStripeCustomer({ id: 'my own id', object: 'customer' })).toMatchObject({ name: null, email: null, currency: null });
  });

  it('is only an id once it is deleted', () => {
    expect(fromStripeCustomer({ id: 'cus_1', object: 'customer', deleted: true })).toMatchObject({ customerId: 'cus_1', isDeleted: true });
  });

  it('may be called by characters that PostgreSQL cannot store', () => {
    expect(fromStripeCustomer(aStripeCustomer({ name: 'A\u0000da \udc00' })).name).toBe('Ada \ufffd');
  });

  it('is refused when it is something else', () => {
    expect(() => fromStripeCustomer({ id: 'card_1', object: 'card' })).toThrow(new UnreadableStripeObject('customer', ['object']));
  });
});
