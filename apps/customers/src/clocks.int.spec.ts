import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ClockChanged, SubscriptionChanged } from '@turnpike/contracts-events';
import type { JsonObject } from '@turnpike/stripe';
import { ACME_TEST, StartedCustomers } from './testing/started-customers.js';
import { aCustomer, anEvent, aSubscription, NOON } from './testing/stripe-events.js';

let world: StartedCustomers;
beforeAll(async () => {
  world = await StartedCustomers.start();
});
afterAll(async () => {
  await world?.stop();
});

const DAY = 86_400;
const clock = (day: number, status = 'ready'): JsonObject => ({
  id: 'clock_1',
  object: 'test_helpers.test_clock',
  frozen_time: NOON + day * DAY,
  status,
  created: NOON,
});
const onDay = (day: number) => new Date((NOON + day * DAY) * 1000).toISOString();

describe('a test clock', () => {
  it('is told each time that it has come further, and when it is gone', async () => {
    await world.hear(ACME_TEST, anEvent('test_helpers.test_clock.created', clock(0)));
    await world.hear(ACME_TEST, anEvent('test_helpers.test_clock.advancing', clock(0, 'advancing'), 100));
    await world.hear(ACME_TEST, anEvent('test_helpers.test_clock.ready', clock(7), 101));
    await world.hear(ACME_TEST, anEvent('test_helpers.test_clock.deleted', clock(7), 200));

    const told = await world.announced<ClockChanged>('customers.clock.changed.v1');
    expect(told.map(({ frozenAt, deletedAt, version }) => [frozenAt, deletedAt, version.n])).toEqual([
      [onDay(0), null, 1],
      [onDay(7), null, 2],
      [onDay(7), new Date((NOON + 200) * 1000).toISOString(), 3],
    ]);
  });
});

describe('a subscription on a test clock', () => {
  it('has been what it is since the day of that clock on which it was told, and its trial converted then', async () => {
    const trial = { test_clock: 'clock_1', trial_start: NOON, trial_end: NOON + 7 * DAY };
    const on = (day: number, status: string, before: string | null) =>
      anEvent(
        before === null ? 'customer.subscription.created' : 'customer.subscription.updated',
        aSubscription('sub_clock', 'cus_clock', { ...trial, status }),
        day * DAY,
        { previousAttributes: before === null ? null : { status: before } },
      );
    await world.hear(ACME_TEST, anEvent('customer.created', aCustomer('cus_clock', { test_clock: 'clock_1' })));
    const history = [on(0, 'trialing', null), on(7, 'active', 'trialing'), on(38, 'past_due', 'active'), on(40, 'active', 'past_due')];
    for (const event of history) await world.hear(ACME_TEST, event, event);

    const told = (await world.announced<SubscriptionChanged>('customers.subscription.changed.v1')).filter(
      (one) => one.stripeId === 'sub_clock',
    );
    expect(told.map(({ status, statusSince, trialConvertedAt }) => [status, statusSince, trialConvertedAt])).toEqual([
      ['trialing', onDay(0), null],
      ['active', onDay(7), onDay(7)],
      ['past_due', onDay(38), onDay(7)],
      ['active', onDay(40), onDay(7)],
    ]);
    const { body } = await world.get(`/v1/subscriptions/${told[0]!.subscriptionId}`);
    expect(body).toMatchObject({ statusSince: onDay(40), trialConvertedAt: onDay(7), clockId: 'clock_1' });
  });
});
