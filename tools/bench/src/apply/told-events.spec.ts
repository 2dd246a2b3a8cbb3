import { describe, expect, it } from '@jest/globals';
import { StripeEventReceived } from '@turnpike/contracts-events';
import { bodyOf, toldOf } from './told-events.js';

describe('the events that the apply benchmark has applied', () => {
  it('are told as the gateway would tell them', () => {
    const customers = { name: 'C1', items: 3 };
    for (const kind of ['customer', 'subscription'] as const) {
      const told = StripeEventReceived.data.parse(toldOf(bodyOf({ kind, name: 'X1', items: 10, customers }, 4, 1_795_219_200), 'bench'));
      expect(told).toMatchObject({ objectType: kind, createdAt: '2026-11-21T00:00:00.000Z' });
    }
  });

  it('give each subscription to one of the customers that are there', () => {
    const batch = { kind: 'subscription', name: 'S1', items: 10, customers: { name: 'C1', items: 3 } } as const;
    expect(toldOf(bodyOf(batch, 4, 0), 'bench').object).toMatchObject({ customer: 'cus_C1N1' });
  });
});
