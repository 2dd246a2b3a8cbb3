import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { type BillingWorld, billingWorld, DAY, refusal, START } from '../testing/billing-world.js';

describe('how a subscription ends, through the SDK', () => {
  let world: BillingWorld;
  let stripe: Stripe;
  let price: string;

  beforeAll(async () => {
    world = await billingWorld();
    stripe = world.stripe;
    price = await world.monthly(2500);
  });
  afterAll(() => world.stop());

  const subscribe = (customer: string, more: Partial<Stripe.SubscriptionCreateParams> = {}) =>
    stripe.subscriptions.create({ customer, items: [{ price }], ...more });

  it('K12: a cancellation at the period end can be taken back until then', async () => {
    const subscription = await subscribe(await world.customerWith('pm_card_visa'));
    const end = subscription.items.data[0]?.current_period_end;
    const scheduled = await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
    expect(scheduled).toMatchObject({ cancel_at: end, cancellation_details: { reason: 'cancellation_requested' }, status: 'active' });
    expect(scheduled.canceled_at).not.toBeNull();
    const undone = await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: false });
    expect(undone).toMatchObject({ cancel_at: null, canceled_at: null, cancel_at_period_end: false });
    const [, first] = await world.eventsOf(subscription.id);
    expect(first).toMatchObject({
      type: 'customer.subscription.updated',
      data: {
        previous_attributes: { cancel_at: null, cancel_at_period_end: false, canceled_at: null, cancellation_details: { reason: null } },
      },
    });
  });

  it('K13, K14: a canceled subscription is over: it keeps only words about it', async () => {
    const subscription = await subscribe(await world.customerWith('pm_card_visa'));
    const canceled = await stripe.subscriptions.cancel(subscription.id, { cancellation_details: { feedback: 'too_expensive' } });
    expect(canceled).toMatchObject({
      status: 'canceled',
      cancellation_details: { reason: 'cancellation_requested', feedback: 'too_expensive' },
    });
    expect((await world.eventsOf(subscription.id)).at(-1)?.type).toBe('customer.subscription.deleted');
    expect(await refusal(stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true }))).toMatchObject({ statusCode: 400 });
    expect(await refusal(stripe.subscriptions.cancel(subscription.id))).toMatchObject({ statusCode: 404, code: 'resource_missing' });
    expect(await stripe.subscriptions.update(subscription.id, { metadata: { why: 'price' } })).toMatchObject({
      metadata: { why: 'price' },
    });
  });

  it('K1: deleting a customer ends its subscriptions', async () => {
    const customer = await world.customerWith('pm_card_visa');
    const subscription = await subscribe(customer);
    await stripe.customers.del(customer);
    expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({ status: 'canceled' });
  });

  it('K3: a list leaves out what was canceled, unless it is asked for', async () => {
    const customer = await world.customerWith('pm_card_visa');
    const [kept, gone] = [await subscribe(customer), await subscribe(customer)];
    await stripe.subscriptions.cancel(gone.id);
    expect((await stripe.subscriptions.list({ customer })).data.map(({ id }) => id)).toEqual([kept.id]);
    expect((await stripe.subscriptions.list({ customer, status: 'all' })).data.map(({ id }) => id)).toEqual([gone.id, kept.id]);
  });

  it('P6: deleting a clock ends the subscriptions that lived on it', async () => {
    const clock = await world.newClock();
    const subscription = await subscribe(await world.customerWith('pm_card_visa', clock));
    expect((await stripe.subscriptions.list()).data.map(({ id }) => id)).not.toContain(subscription.id);
    await stripe.testHelpers.testClocks.del(clock);
    expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({ status: 'canceled' });
  });

  it('B13: what a request does names the request, what time does names none', async () => {
    const clock = await world.newClock();
    const subscription = await subscribe(await world.customerWith('pm_card_visa', clock));
    await world.advance(clock, START + 31 * DAY);
    const told = await world.eventsOf(subscription.id);
    expect(told[0]?.request?.id).toMatch(/^req_/);
    expect(told.at(-1)).toMatchObject({ type: 'customer.subscription.updated', request: { id: null, idempotency_key: null } });
    expect(told.at(-1)?.created).toBe(START + 31 * DAY);
  });
});
