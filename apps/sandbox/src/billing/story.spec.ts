import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { type BillingWorld, billingWorld, DAY, HOUR, START } from '../testing/billing-world.js';
import { eventually, freshKey, startedSandbox } from '../testing/started-sandbox.js';

describe('the billing of one customer on a test clock', () => {
  let world: BillingWorld;
  let stripe: Stripe;

  beforeAll(async () => {
    world = await billingWorld();
    stripe = world.stripe;
  });
  afterAll(() => world.stop());

  const subscribe = async (trialDays: number | undefined, card = 'pm_card_visa') => {
    const clock = await stripe.testHelpers.testClocks.create({ frozen_time: START });
    const customer = await stripe.customers.create({
      email: 'ada@example.com',
      test_clock: clock.id,
      payment_method: card,
      invoice_settings: { default_payment_method: card },
    });
    const price = await stripe.prices.create({
      currency: 'usd',
      unit_amount: 2500,
      recurring: { interval: 'month' },
      product_data: { name: 'Pro', unit_label: 'user' },
    });
    const subscription = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      ...(trialDays === undefined ? {} : { trial_period_days: trialDays }),
      expand: ['latest_invoice.payments'],
    });
    return { clock: clock.id, customer: customer.id, price: price.id, subscription };
  };
  const typesSince = async (customer: string, after: number): Promise<string[]> => {
    const events = await stripe.events.list({ limit: 100 });
    return events.data
      .filter(({ data: { object } }) => 'customer' in object && object.customer === customer)
      .filter(({ created }) => created > after)
      .map(({ type }) => type)
      .toReversed();
  };
  const statusOf = async (id: string): Promise<string> => (await stripe.subscriptions.retrieve(id)).status;

  it('subscribes on a trial, pays, fails to pay, pays with a new card, cancels and comes back', async () => {
    const { clock, customer, price, subscription } = await subscribe(14);
    expect(subscription.status).toBe('trialing');
    expect(subscription.latest_invoice).toMatchObject({ status: 'paid', amount_due: 0, total: 0, billing_reason: 'subscription_create' });

    // Three days before the end it is announced; then the first paid period is paid after its hour as a draft.
    await world.advance(clock, START + 14 * DAY);
    expect(await typesSince(customer, START)).toEqual([
      'customer.subscription.trial_will_end',
      'customer.subscription.updated',
      'invoice.created',
    ]);
    expect(await statusOf(subscription.id)).toBe('active');
    await world.advance(clock, START + 14 * DAY + HOUR);
    const [first] = (await stripe.invoices.list({ customer, limit: 1 })).data;
    expect(first).toMatchObject({ status: 'paid', amount_paid: 2500, billing_reason: 'subscription_cycle' });

    // The next renewal is refused.
    await world.give(customer, 'pm_card_authenticationRequiredChargeDeclinedInsufficientFunds');
    const renewal = Date.UTC(2026, 1, 24, 9) / 1000;
    await world.advance(clock, renewal + HOUR);
    expect(await statusOf(subscription.id)).toBe('past_due');
    const [failed] = (await stripe.invoices.list({ customer, limit: 1 })).data;
    expect(failed).toMatchObject({ status: 'open', attempt_count: 1, next_payment_attempt: renewal + HOUR + 3 * DAY });
    const [refused] = (await stripe.charges.list({ customer, limit: 1 })).data;
    expect(refused).toMatchObject({ status: 'failed', failure_message: 'Your card has insufficient funds.' });
    expect(await stripe.customers.retrieve(customer)).toMatchObject({ delinquent: true });
    await world.advance(clock, renewal + HOUR + 7 * DAY);
    expect(await stripe.invoices.retrieve(failed?.id ?? '')).toMatchObject({ attempt_count: 2, status: 'open' });
    expect(await statusOf(subscription.id)).toBe('past_due');

    // A new card, and the invoice is paid with it.
    await world.give(customer, 'pm_card_mastercard');
    expect(await stripe.invoices.pay(failed?.id ?? '')).toMatchObject({ status: 'paid', next_payment_attempt: null });
    expect(await statusOf(subscription.id)).toBe('active');
    expect(await stripe.customers.retrieve(customer)).toMatchObject({ delinquent: false });

    // Cancels at the period's end, and it ends there.
    const scheduled = await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
    const end = Date.UTC(2026, 2, 24, 9) / 1000;
    expect(scheduled).toMatchObject({ status: 'active', cancel_at: end, cancel_at_period_end: true });
    await world.advance(clock, end);
    expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({ status: 'canceled', ended_at: end });

    // And comes back.
    const back = await stripe.subscriptions.create({ customer, items: [{ price }] });
    expect(back).toMatchObject({ status: 'active', created: end });
    expect(await stripe.subscriptions.cancel(back.id)).toMatchObject({ status: 'canceled', ended_at: end });
  });

  it('K8: a payment that fails to the last ends the subscription, as the settings say', async () => {
    const { clock, customer, subscription } = await subscribe(1, 'pm_card_chargeCustomerFail');
    await world.advance(clock, START + DAY + HOUR);
    expect(await statusOf(subscription.id)).toBe('past_due');
    const day = START + DAY + HOUR;
    await world.advance(clock, day + 15 * DAY - 1);
    expect(await statusOf(subscription.id)).toBe('past_due');
    await world.advance(clock, day + 15 * DAY);
    const ended = await stripe.subscriptions.retrieve(subscription.id);
    expect(ended).toMatchObject({ status: 'canceled', cancellation_details: { reason: 'payment_failed' } });
    const [invoice] = (await stripe.invoices.list({ customer, limit: 1 })).data;
    expect(invoice).toMatchObject({ status: 'open', attempt_count: 4, next_payment_attempt: null, auto_advance: false });
    expect((await stripe.charges.list({ customer })).data).toHaveLength(4);
  });

  it('an advance that a restart cuts goes on afterwards, and bills everything once', async () => {
    const { clock, customer, subscription } = await subscribe(undefined);
    const target = START + 61 * DAY;
    await stripe.testHelpers.testClocks.advance(clock, { frozen_time: target });
    await world.sandbox.restart();
    stripe = world.sandbox.client(world.key);
    await eventually(async () => ((await stripe.testHelpers.testClocks.retrieve(clock)).status === 'ready' ? true : undefined));
    expect(await stripe.testHelpers.testClocks.retrieve(clock)).toMatchObject({ frozen_time: target });
    const invoices = await stripe.invoices.list({ customer });
    expect(invoices.data.map(({ status, number }) => [status, number?.slice(-4)])).toEqual([
      ['paid', '0003'],
      ['paid', '0002'],
      ['paid', '0001'],
    ]);
    expect((await stripe.charges.list({ customer })).data).toHaveLength(3);
    expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({ status: 'active' });
  });
});

describe('billing without a test clock', () => {
  it('goes by the wall clock: a trial ends and is paid an hour later', async () => {
    let offset = 0;
    const sandbox = await startedSandbox({ now: () => Date.now() + offset });
    try {
      const stripe = sandbox.client(freshKey());
      const customer = await stripe.customers.create({
        payment_method: 'pm_card_visa',
        invoice_settings: { default_payment_method: 'pm_card_visa' },
      });
      const price = await stripe.prices.create({
        currency: 'usd',
        unit_amount: 2500,
        recurring: { interval: 'month' },
        product_data: { name: 'Pro' },
      });
      const trial = { items: [{ price: price.id }], trial_period_days: 1 };
      const subscription = await stripe.subscriptions.create({ customer: customer.id, ...trial });
      offset = (DAY + HOUR) * 1000;
      await stripe.customers.update(customer.id, { description: 'wakes the timer, which else looks when the trial ends' });
      const invoice = await eventually(async () => {
        const { data } = await stripe.invoices.list({ customer: customer.id, status: 'paid' });
        return data.find(({ amount_paid }) => amount_paid === 2500);
      });
      const end = subscription.trial_end ?? 0;
      expect(invoice).toMatchObject({ created: end, status_transitions: { paid_at: end + HOUR } });
    } finally {
      await sandbox.stop();
    }
  });
});
