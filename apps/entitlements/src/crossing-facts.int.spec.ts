import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ClockChanged, CustomerChanged, PlanVersionChanged, SubscriptionChanged } from '@turnpike/contracts-events';
import { until } from '@turnpike/testing';
import { aClock, aCustomer, aSubscriptionOf, PRO } from './testing/messages.js';
import { ACME_TEST, StartedEntitlements } from './testing/started-entitlements.js';

const CUSTOMERS = 40;

/** A plan, a clock and a customer with a subscription that nobody else has. */
function factsOf(index: number) {
  const priceId = `price_${index}`;
  const customerId = `c_${index}`;
  const clockId = `clock_${index}`;
  const subscription = aSubscriptionOf(customerId, {
    status: 'past_due',
    clockId,
    items: [{ ...aSubscriptionOf(customerId).items[0]!, priceId }],
  });
  return {
    customerId,
    plan: {
      ...PRO,
      planVersionId: `pv_${index}`,
      productId: `pr_${index}`,
      prices: [{ ...PRO.prices[0]!, atStripe: [{ connectionId: 'con_1', stripeId: priceId }] }],
    },
    customer: aCustomer(customerId, { clockId }),
    subscription,
    clocks: ['2026-11-02', '2026-11-20'].map((day, n) => aClock(clockId, `${day}T00:00:00.000Z`, n + 1)),
  };
}

describe('facts of several topics that cross each other', () => {
  let started: StartedEntitlements;
  beforeAll(async () => {
    started = await StartedEntitlements.start(2);
  });
  afterAll(async () => {
    await started?.stop();
  });

  it('end in what they would have ended in one after the other, and a move is told once', async () => {
    const all = Array.from({ length: CUSTOMERS }, (_, index) => factsOf(index));
    await Promise.all(
      all.flatMap(({ plan, customer, subscription, clocks }) => [
        started.tell(PlanVersionChanged, ACME_TEST, plan),
        started.tell(SubscriptionChanged, ACME_TEST, subscription),
        started.tell(ClockChanged, ACME_TEST, ...clocks),
        started.tell(CustomerChanged, ACME_TEST, customer),
      ]),
    );
    const levels = async () => {
      const { rows } = await started.inside.query<{ level: string; clock_at: Date | null }>('select level, clock_at from access');
      return rows.filter((row) => row.level === 'core' && row.clock_at?.toISOString() === '2026-11-20T00:00:00.000Z').length;
    };
    await until('everybody has what a grace that is over leaves', async () => (await levels()) === CUSTOMERS, 60_000);
    const told = await started.told();
    for (const { customerId } of all) {
      const causes = told.filter((one) => one.customerId === customerId).flatMap((one) => one.move?.cause ?? []);
      const last = causes.at(-1);
      expect(causes.slice(causes.indexOf(last ?? '')).every((cause) => cause === last)).toBe(true);
    }
  }, 90_000);
});
