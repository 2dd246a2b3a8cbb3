import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@turnpike/testing';
import { CONNECTION, StartedPayments } from './testing/started-payments.js';

let world: StartedPayments;
beforeAll(async () => {
  world = await StartedPayments.start();
});
afterAll(() => world?.stop());

async function subscribed(card: string): Promise<string> {
  const { stripe } = world;
  const customer = await stripe.customers.create({ name: card });
  const method = await stripe.paymentMethods.attach(card, { customer: customer.id });
  await stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: method.id } });
  const product = await stripe.products.create({ name: 'Pro' });
  const price = await stripe.prices.create({ product: product.id, currency: 'usd', unit_amount: 1_900, recurring: { interval: 'month' } });
  await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }], payment_behavior: 'allow_incomplete' });
  return customer.id;
}

describe('invoices and payments that were there before', () => {
  it('are here after the gateway has said that no event tells of them, with why one could not be collected', async () => {
    await subscribed('pm_card_visa');
    const failing = await subscribed('pm_card_chargeCustomerFail');
    await world.historyGap();
    const fills = await world.filled();
    expect(fills.map(({ kind, state, found }) => ({ kind, state, found }))).toEqual(
      expect.arrayContaining([
        { kind: 'invoice', state: 'finished', found: 2 },
        { kind: 'payment_intent', state: 'finished', found: 2 },
      ]),
    );
    const invoices = await world.list('/v1/invoices');
    expect(invoices.map(({ status }) => status).toSorted()).toEqual(['open', 'paid']);
    // Why stands on its charge, which no list of invoices shows: it is looked up.
    const open = async () => (await world.list(`/v1/invoices?stripe_customer_id=${failing}`))[0];
    await until('the open one is looked up', async () => (await open())?.['lastFailure'] !== null, 10_000);
    expect(await open()).toMatchObject({ status: 'open', lastFailure: { code: 'card_declined' }, standing: { state: 'confirmed' } });
  }, 180_000);

  it('are the same when they are looked up: a second walk finds nothing to change', async () => {
    const asked = await fetch(`${world.url}/v1/payment_fills`, {
      method: 'POST',
      headers: { authorization: 'Bearer acme-key', 'content-type': 'application/json', 'idempotency-key': randomUUID() },
      body: JSON.stringify({ connectionId: CONNECTION }),
    });
    expect(asked.status).toBe(202);
    const fills = (await world.filled()).filter(({ because }) => because === 'person');
    expect(fills).toHaveLength(2);
    for (const fill of fills) expect(fill).toMatchObject({ state: 'finished', found: 2, taken: 0, missing: 0 });
    expect(fills.map(({ kind, doubted }) => [kind, doubted]).toSorted()).toEqual([
      ['invoice', 1],
      ['payment_intent', 0],
    ]);
  }, 120_000);
});
