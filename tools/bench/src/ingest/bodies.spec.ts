import { describe, expect, it } from '@jest/globals';
import { fromStripeCustomer, fromStripeSubscription, isWholeStripeSubscription, readStripeEvent } from '@turnpike/stripe';
import { customerCreated, subscriptionCreated } from './bodies.js';

const NOON = 1_795_262_400;

function objectIn(body: string): unknown {
  const reading = readStripeEvent(body);
  if (!reading.ok) throw new Error(reading.detail);
  return reading.event.object;
}

describe('the events that the ingest benchmark sends', () => {
  it('are as long as Stripe’s own: 1.2 and 2.9 KB', () => {
    expect(Math.abs(customerCreated('R1N000001', NOON).length - 1_232)).toBeLessThan(60);
    expect(Math.abs(subscriptionCreated('R1N000001', 'R1N000002', NOON).length - 2_934)).toBeLessThan(150);
  });

  it('are read whole by the same code that reads Stripe’s', () => {
    expect(fromStripeCustomer(objectIn(customerCreated('A', NOON)))).toMatchObject({ customerId: 'cus_A', email: 'a@example.com' });
    const subscription = objectIn(subscriptionCreated('B', 'A', NOON));
    expect(fromStripeSubscription(subscription)).toMatchObject({ subscriptionId: 'sub_B', customerId: 'cus_A', status: 'active' });
    expect(isWholeStripeSubscription(subscription)).toBe(true);
  });
});
