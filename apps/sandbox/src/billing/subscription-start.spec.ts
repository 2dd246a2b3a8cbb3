import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { eventually, freshKey } from '../testing/started-sandbox.js';
import { type BillingWorld, billingWorld, DAY, HOUR, refusal, START } from '../testing/billing-world.js';

describe('how a subscription begins, through the SDK', () => {
  let world: BillingWorld;
  let stripe: Stripe;
  let price: string;
  let dearer: string;

  beforeAll(async () => {
    world = await billingWorld();
    stripe = world.stripe;
    price = await world.monthly(2500);
    dearer = await world.monthly(4000);
  });
  afterAll(() => world.stop());

  const subscribe = (customer: string, more: Partial<Stripe.SubscriptionCreateParams> = {}) =>
    stripe.subscriptions.create({ customer, items: [{ price }], ...more });
  const invoiceOf = (subscription: Stripe.Subscription) => stripe.invoices.retrieve(String(subscription.latest_invoice));

  it('K5: a first payment that fails leaves the subscription incomplete, and 23 hours later expired with its invoice void', async () => {
    const clock = await world.newClock();
    const subscription = await subscribe(await world.customerWith('pm_card_chargeCustomerFail', clock));
    expect(subscription.status).toBe('incomplete');
    expect(await invoiceOf(subscription)).toMatchObject({ status: 'open', attempt_count: 1, next_payment_attempt: null });
    const error = await refusal(stripe.subscriptions.update(subscription.id, { items: [{ price: dearer }] }));
    expect(error).toMatchObject({ statusCode: 400, param: 'items' });
    await stripe.subscriptions.update(subscription.id, { metadata: { note: 'allowed' } });
    await world.advance(clock, START + 23 * HOUR - 1);
    expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({ status: 'incomplete' });
    await world.advance(clock, START + 23 * HOUR);
    expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({ status: 'incomplete_expired' });
    expect(await invoiceOf(subscription)).toMatchObject({ status: 'void' });
    const ended = await stripe.subscriptions.list({ status: 'ended', test_clock: clock });
    expect(ended.data.map(({ id }) => id)).toEqual([subscription.id]);
  });

  it('K5: paying the first invoice with another card makes an incomplete subscription active', async () => {
    const customer = await world.customerWith('pm_card_chargeCustomerFail');
    const subscription = await subscribe(customer);
    const good = await stripe.paymentMethods.attach('pm_card_visa', { customer });
    await stripe.invoices.pay(String(subscription.latest_invoice), { payment_method: good.id });
    expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({ status: 'active' });
    const updates = (await world.eventsOf(subscription.id)).filter(({ type }) => type === 'customer.subscription.updated');
    expect(updates.map(({ data }) => data.previous_attributes)).toEqual([{ status: 'incomplete' }]);
  });

  it('K6: error_if_incomplete answers 402 and leaves nothing behind', async () => {
    const customer = await world.customerWith('pm_card_chargeCustomerFail');
    const error = await refusal(subscribe(customer, { payment_behavior: 'error_if_incomplete' }));
    expect(error).toMatchObject({ statusCode: 402, type: 'StripeCardError', code: 'card_declined', decline_code: 'generic_decline' });
    expect((await stripe.subscriptions.list({ customer, status: 'all' })).data).toEqual([]);
    expect((await stripe.invoices.list({ customer })).data).toEqual([]);
  });

  it('K6: default_incomplete waits for its payment with an intent that a page could confirm', async () => {
    const subscription = await subscribe(await world.customerWith(), {
      payment_behavior: 'default_incomplete',
      expand: ['latest_invoice.confirmation_secret'],
    });
    expect(subscription.status).toBe('incomplete');
    const invoice = subscription.latest_invoice as Stripe.Invoice;
    expect(invoice.confirmation_secret?.client_secret).toMatch(/^pi_\w+_secret_\w+$/);
  });

  it('K7: an invoice that is sent makes the subscription active at once, and past due after its day', async () => {
    const clock = await world.newClock();
    const subscription = await subscribe(await world.customerWith(undefined, clock), {
      collection_method: 'send_invoice',
      days_until_due: 7,
    });
    expect(subscription.status).toBe('active');
    expect(await invoiceOf(subscription)).toMatchObject({ status: 'open', due_date: START + 7 * DAY });
    await world.advance(clock, START + 7 * DAY);
    expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({ status: 'past_due' });
    await stripe.invoices.pay(String(subscription.latest_invoice), { paid_out_of_band: true });
    expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({ status: 'active' });
  });

  it('K9: an unpaid subscription goes on making invoices, which stay drafts', async () => {
    const key = freshKey();
    const own = world.sandbox.client(key);
    await world.sandbox.operate('/settings', { account: key, afterLastRetry: 'mark_unpaid', retryAfterDays: [1] });
    const product = await own.products.create({
      name: 'Pro',
      default_price_data: { currency: 'usd', unit_amount: 100, recurring: { interval: 'month' } },
    });
    const clock = await own.testHelpers.testClocks.create({ frozen_time: START });
    const customer = await own.customers.create({ test_clock: clock.id });
    const card = await own.paymentMethods.attach('pm_card_chargeCustomerFail', { customer: customer.id });
    const subscription = await own.subscriptions.create({
      customer: customer.id,
      default_payment_method: card.id,
      items: [{ price: String(product.default_price) }],
      trial_period_days: 1,
    });
    for (const days of [10, 40]) {
      await own.testHelpers.testClocks.advance(clock.id, { frozen_time: START + days * DAY });
      await eventually(async () => ((await own.testHelpers.testClocks.retrieve(clock.id)).status === 'ready' ? true : undefined));
    }
    expect(await own.subscriptions.retrieve(subscription.id)).toMatchObject({ status: 'unpaid' });
    const [latest] = (await own.invoices.list({ customer: customer.id })).data;
    expect(latest).toMatchObject({ status: 'draft', auto_advance: false });
  });

  it('K10: a trial shorter than three days is announced at once', async () => {
    const subscription = await subscribe(await world.customerWith('pm_card_visa'), { trial_period_days: 1 });
    const told = (await world.eventsOf(subscription.id)).map(({ type }) => type);
    expect(told).toEqual(['customer.subscription.created', 'customer.subscription.trial_will_end']);
    expect((await invoiceOf(subscription)).lines.data[0]?.description).toBe('Trial period for Pro');
  });

  it.each([
    ['cancel', 'canceled'],
    ['pause', 'paused'],
    ['create_invoice', 'active'],
  ] as const)('K11: a trial that ends without a payment method and missing_payment_method %s is %s', async (behavior, status) => {
    const clock = await world.newClock();
    const subscription = await subscribe(await world.customerWith(undefined, clock), {
      trial_period_days: 7,
      trial_settings: { end_behavior: { missing_payment_method: behavior } },
    });
    await world.advance(clock, START + 7 * DAY);
    expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({ status });
    if (behavior === 'create_invoice') {
      await world.advance(clock, START + 7 * DAY + HOUR);
      expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({ status: 'past_due' });
    }
  });

  it('H12, H13, K18: what cannot be subscribed to is refused in Stripe’s words', async () => {
    const none = await world.customerWith();
    expect(await refusal(subscribe(none))).toMatchObject({
      code: 'resource_missing',
      message: expect.stringContaining('This customer has no attached payment source or default payment method.'),
    });
    const customer = await world.customerWith('pm_card_visa');
    expect(await refusal(subscribe(customer, { items: [{ price: 'invalid' }] }))).toMatchObject({
      statusCode: 400,
      param: 'items[0][price]',
      message: "No such price: 'invalid'",
    });
    expect(await refusal(subscribe(customer, { items: [{ price }, { price }] }))).toMatchObject({ statusCode: 400 });
    const archived = await stripe.prices.create({
      currency: 'usd',
      unit_amount: 1,
      recurring: { interval: 'month' },
      product_data: { name: 'Old' },
    });
    await stripe.prices.update(archived.id, { active: false });
    expect(await refusal(subscribe(customer, { items: [{ price: archived.id }] }))).toMatchObject({
      message: 'The price specified is inactive. This field only accepts active prices.',
    });
  });

  it('embeds the first ten of its items, in the answer and in the event; all of them are in their list', async () => {
    const customer = await world.customerWith('pm_card_visa');
    const prices = await Promise.all(Array.from({ length: 12 }, (_, n) => world.monthly(100 + n)));
    const subscription = await subscribe(customer, { items: prices.map((one) => ({ price: one })) });
    const ten = { has_more: true, total_count: 12, data: { length: 10 } };
    expect(subscription.items).toMatchObject(ten);
    const created = (await world.eventsOf(subscription.id)).find(({ type }) => type === 'customer.subscription.created');
    expect(created?.data.object).toMatchObject({ items: ten });
    const invoice = await invoiceOf(subscription);
    expect(invoice).toMatchObject({ lines: ten, amount_due: prices.reduce((sum, _, n) => sum + 100 + n, 0) });
    const items = await stripe.subscriptionItems.list({ subscription: subscription.id, limit: 100 });
    const lines = await stripe.invoices.listLineItems(invoice.id ?? '', { limit: 100 });
    expect([items, lines].map(({ data, has_more: hasMore }) => [data.length, hasMore])).toEqual([
      [12, false],
      [12, false],
    ]);
  });
});
