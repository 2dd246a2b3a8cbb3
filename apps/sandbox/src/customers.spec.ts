import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { eventually, freshKey, startedSandbox, type StartedSandbox } from './testing/started-sandbox.js';

let world: StartedSandbox;
let stripe: Stripe;
beforeAll(async () => {
  world = await startedSandbox();
  stripe = world.client(freshKey());
});
afterAll(() => world.stop());

describe('customers', () => {
  it('are made, changed, found by their address', async () => {
    const made = await stripe.customers.create({ email: 'ada@example.com', address: { city: 'London', country: 'GB' } });
    expect(made).toMatchObject({
      id: expect.stringMatching(/^cus_\w{14}$/),
      address: { city: 'London', line1: null },
      balance: 0,
      test_clock: null,
    });
    const changed = await stripe.customers.update(made.id, { name: 'Ada', address: '', balance: -500 });
    expect(changed).toMatchObject({ name: 'Ada', address: null, balance: -500, email: 'ada@example.com' });
    expect((await stripe.customers.list({ email: 'ada@example.com' })).data.map(({ id }) => id)).toEqual([made.id]);
  });

  it('H15, K1: once deleted answer that they are, and tell it', async () => {
    const { id } = await stripe.customers.create({});
    expect(await stripe.customers.del(id)).toMatchObject({ id, object: 'customer', deleted: true });
    expect(await stripe.customers.retrieve(id)).toMatchObject({ id, deleted: true });
    await expect(stripe.customers.update(id, { name: 'Ada' })).rejects.toMatchObject({ statusCode: 404 });
    expect((await stripe.events.list({ type: 'customer.deleted' })).data[0]?.data.object).toMatchObject({ id });
  });

  it('refuse a default payment method that is not theirs', async () => {
    const { id } = await stripe.customers.create({});
    const call = stripe.customers.update(id, { invoice_settings: { default_payment_method: 'pm_x' } });
    await expect(call).rejects.toMatchObject({ code: 'resource_missing', param: 'invoice_settings[default_payment_method]' });
  });
});

describe('payment methods', () => {
  it.each([
    ['pm_card_visa_chargeDeclined', 'card_declined', 'generic_decline'],
    ['pm_card_visa_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
    ['pm_card_visa_chargeDeclinedLostCard', 'card_declined', 'lost_card'],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card', 'expired_card'],
    ['pm_card_chargeDeclinedIncorrectCvc', 'incorrect_cvc', 'incorrect_cvc'],
    ['pm_card_chargeDeclinedProcessingError', 'processing_error', 'processing_error'],
  ])('H9: %s is declined when it is attached', async (card, code, decline_code) => {
    const customer = await stripe.customers.create({});
    const error: unknown = await stripe.paymentMethods.attach(card, { customer: customer.id }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ type: 'StripeCardError', statusCode: 402, code, decline_code });
    expect((await stripe.customers.listPaymentMethods(customer.id)).data).toEqual([]);
  });

  it('H14: are attached once, and after detaching never again', async () => {
    const customer = await stripe.customers.create({});
    const method = await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' }, billing_details: { name: 'Ada' } });
    expect(method).toMatchObject({ customer: null, billing_details: { name: 'Ada' }, card: { brand: 'visa', last4: '4242' } });
    await stripe.paymentMethods.attach(method.id, { customer: customer.id });
    await expect(stripe.paymentMethods.attach(method.id, { customer: customer.id })).rejects.toThrow(
      'The payment method you provided has already been attached to a customer.',
    );
    await stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: method.id } });
    expect((await stripe.paymentMethods.detach(method.id)).customer).toBeNull();
    const left = await stripe.customers.retrieve(customer.id);
    expect(left).toMatchObject({ invoice_settings: { default_payment_method: null } });
    await expect(stripe.paymentMethods.attach(method.id, { customer: customer.id })).rejects.toThrow('may not be used again');
  });

  it('that fail only later can be attached, as a new one each time', async () => {
    const customer = await stripe.customers.create({});
    const attach = () => stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer: customer.id });
    expect((await attach()).id).not.toBe((await attach()).id);
    expect((await stripe.paymentMethods.list({ customer: customer.id, type: 'card' })).data).toHaveLength(2);
  });
});

describe('test clocks', () => {
  const clockAt = (frozen_time: number) => stripe.testHelpers.testClocks.create({ frozen_time });
  const ready = (id: string) =>
    eventually(async () => {
      const clock = await stripe.testHelpers.testClocks.retrieve(id);
      return clock.status === 'ready' ? clock : undefined;
    });

  it('P3, P5: advance, tell so, and what is made with one lives at its time', async () => {
    const clock = await clockAt(1_700_000_000);
    const customer = await stripe.customers.create({ test_clock: clock.id });
    expect(customer.created).toBe(1_700_000_000);
    const advancing = await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: 1_700_086_400 });
    expect(advancing).toMatchObject({ status: 'advancing', status_details: { advancing: { target_frozen_time: 1_700_086_400 } } });
    expect((await ready(clock.id)).frozen_time).toBe(1_700_086_400);
    await stripe.customers.update(customer.id, { name: 'Ada' });
    const told = (await stripe.events.list({ limit: 4 })).data.map(({ type, created }) => [type, created]);
    expect(told).toEqual([
      ['customer.updated', 1_700_086_400],
      ['test_helpers.test_clock.ready', 1_700_086_400],
      ['test_helpers.test_clock.advancing', 1_700_000_000],
      ['customer.created', 1_700_000_000],
    ]);
  });

  it('P1: go forward only, and two years at most', async () => {
    const { id } = await clockAt(1_700_000_000);
    const advance = (frozen_time: number) => stripe.testHelpers.testClocks.advance(id, { frozen_time });
    await expect(advance(1_700_000_000)).rejects.toMatchObject({ statusCode: 400 });
    await expect(advance(1_700_000_000 + 731 * 86_400)).rejects.toMatchObject({ statusCode: 400 });
  });

  it('P2: have three customers at most', async () => {
    const { id } = await clockAt(1_700_000_000);
    for (let made = 0; made < 3; made += 1) await stripe.customers.create({ test_clock: id });
    await expect(stripe.customers.create({ test_clock: id })).rejects.toMatchObject({ statusCode: 400, param: 'test_clock' });
  });

  it('P4: are not written to while they advance', async () => {
    const clock = await clockAt(1_700_000_000);
    const customer = await stripe.customers.create({ test_clock: clock.id });
    const advance = stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: 1_700_086_400 });
    const again = stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: 1_700_090_000 });
    const write = stripe.customers.update(customer.id, { name: 'Ada' });
    // Whether the advance is over by then is a matter of milliseconds; if it is not, both are refused with these words.
    const refused = (await Promise.allSettled([advance, again, write])).filter((one) => one.status === 'rejected');
    for (const { reason } of refused) {
      expect(reason).toMatchObject({ statusCode: 429, message: expect.stringContaining('Test clock advancement underway') });
    }
    await ready(clock.id);
  });

  it('P6: take their customers along, which no list showed that did not ask for the clock', async () => {
    const clock = await clockAt(1_700_000_000);
    const customer = await stripe.customers.create({ test_clock: clock.id });
    expect((await stripe.customers.list({ limit: 100 })).data.map(({ id }) => id)).not.toContain(customer.id);
    expect((await stripe.customers.list({ test_clock: clock.id })).data.map(({ id }) => id)).toEqual([customer.id]);
    expect(await stripe.testHelpers.testClocks.del(clock.id)).toMatchObject({ deleted: true });
    expect(await stripe.customers.retrieve(customer.id)).toMatchObject({ deleted: true });
    const told = (await stripe.events.list({ limit: 2 })).data.map(({ type }) => type);
    expect(told).toEqual(['customer.deleted', 'test_helpers.test_clock.deleted']);
  });
});
