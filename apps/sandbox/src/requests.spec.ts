import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { freshKey, startedSandbox, type StartedSandbox } from './testing/started-sandbox.js';

let world: StartedSandbox;
beforeAll(async () => {
  world = await startedSandbox();
});
afterAll(() => world.stop());

const answerOf = async (path: string, key = freshKey()): Promise<[number, unknown]> => {
  const response = await world.raw('GET', path, { key });
  return [response.status, ((await response.json()) as { error: unknown }).error];
};

describe('errors', () => {
  it('H1, H2: have the shape that Stripe writes', async () => {
    const key = freshKey();
    const { id } = await world.client(key).accounts.retrieveCurrent();
    const response = await world.raw('GET', '/v1/customers/cus_x', { key });
    const request = response.headers.get('request-id');
    expect(request).toMatch(/^req_\w{14}$/);
    expect([response.status, await response.json()]).toEqual([
      404,
      {
        error: {
          code: 'resource_missing',
          doc_url: 'https://stripe.com/docs/error-codes/resource-missing',
          message: "No such customer: 'cus_x'",
          param: 'id',
          request_log_url: `https://dashboard.stripe.com/${id}/test/workbench/logs?object=${request}`,
          type: 'invalid_request_error',
        },
      },
    ]);
  });

  it('H2: a payment method that is not there is missed by its own name', async () => {
    const stripe = world.client(freshKey());
    const { id } = await stripe.customers.create({});
    await expect(stripe.paymentMethods.attach('abcd', { customer: id })).rejects.toMatchObject({
      statusCode: 404,
      param: 'payment_method',
      message: expect.stringMatching(/^No such PaymentMethod: 'abcd'; It's possible/),
    });
  });

  it('H3: a reference to what is not there is a 400 at its parameter', async () => {
    const stripe = world.client(freshKey());
    const price = stripe.prices.create({ currency: 'usd', unit_amount: 1, product: 'prod_x' });
    await expect(price).rejects.toMatchObject({ statusCode: 400, code: 'resource_missing', param: 'product' });
  });

  it('H6: an address that is none', async () => {
    expect(await answerOf('/v1/nothing')).toMatchObject([
      404,
      { message: expect.stringMatching(/^Unrecognized request URL \(GET: \/v1\/nothing\)/) },
    ]);
  });

  it('a version that is none', async () => {
    const response = await world.raw('GET', '/v1/customers', { headers: { 'stripe-version': 'yesterday' } });
    expect(response.status).toBe(400);
  });
});

describe('lists', () => {
  it('G1: have ten objects unless told, and a limit between 1 and 100', async () => {
    const key = freshKey();
    const stripe = world.client(key);
    for (let made = 0; made < 11; made += 1) await stripe.customers.create({});
    expect(await stripe.customers.list()).toMatchObject({ object: 'list', has_more: true, url: '/v1/customers', data: { length: 10 } });
    for (const limit of [0, 101]) {
      expect(await answerOf(`/v1/customers?limit=${limit}`, key)).toMatchObject([
        400,
        { code: 'parameter_invalid_integer', param: 'limit' },
      ]);
    }
    expect(await answerOf('/v1/customers?starting_after=cus_x', key)).toMatchObject([
      400,
      { code: 'resource_missing', param: 'starting_after' },
    ]);
  });

  it('G2, G3, G4: are newest first, and paging meets every object once, whatever is made meanwhile', async () => {
    const key = freshKey();
    const stripe = world.client(key);
    const made = await Promise.all(Array.from({ length: 25 }, (_, count) => stripe.products.create({ name: `p${count}` })));
    const seen: string[] = [];
    for await (const product of stripe.products.list({ limit: 10 })) {
      seen.push(product.id);
      if (seen.length === 12) await stripe.products.create({ name: 'late' });
    }
    expect(new Set(seen).size).toBe(25);
    expect(seen.toSorted()).toEqual(made.map(({ id }) => id).toSorted());
  });

  it('G11: of named ids have no cursors', async () => {
    expect(await answerOf('/v1/products?ids[]=a&starting_after=b')).toMatchObject([400, { param: 'ids' }]);
  });

  it('G5: have no total', async () => {
    expect(await answerOf('/v1/customers?expand[]=total_count')).toMatchObject([
      400,
      { message: 'This property cannot be included (total_count)' },
    ]);
  });
});

describe('expand', () => {
  let stripe: Stripe;
  let key: string;
  let customer: Stripe.Customer;
  beforeAll(async () => {
    key = freshKey();
    stripe = world.client(key);
    customer = await stripe.customers.create({
      payment_method: 'pm_card_visa',
      invoice_settings: { default_payment_method: 'pm_card_visa' },
    });
  });

  it('shows the object in the place of its id, deep, and on create', async () => {
    const shown = await stripe.customers.retrieve(customer.id, { expand: ['invoice_settings.default_payment_method.customer'] });
    expect(shown).toMatchObject({
      invoice_settings: { default_payment_method: { object: 'payment_method', customer: { id: customer.id } } },
    });
    const product = await stripe.products.create({
      name: 'Pro',
      default_price_data: { currency: 'usd', unit_amount: 100 },
      expand: ['default_price'],
    });
    expect(product.default_price).toMatchObject({ object: 'price', product: product.id });
  });

  it('G9: of a list begins with data', async () => {
    const methods = await stripe.paymentMethods.list({ customer: customer.id, expand: ['data.customer'] });
    expect(methods.data[0]?.customer).toMatchObject({ id: customer.id });
    expect(await answerOf(`/v1/payment_methods?customer=${customer.id}&expand[]=customer`, key)).toMatchObject([
      400,
      { param: 'expand[]' },
    ]);
  });

  it('G7: goes four levels deep', async () => {
    expect(await answerOf(`/v1/customers/${customer.id}?expand[]=a.b.c.d.e`, key)).toMatchObject([
      400,
      {
        code: 'property_expansion_max_depth',
        message: 'You cannot expand more than 4 levels of a property. Property: a.b.c.d.e',
      },
    ]);
  });

  it('G8: of what is no reference is refused', async () => {
    expect(await answerOf(`/v1/customers/${customer.id}?expand[]=metadata`, key)).toMatchObject([
      400,
      { message: 'This property cannot be expanded (metadata).' },
    ]);
  });

  it('G10: shows what is absent otherwise', async () => {
    const tiers = [
      { up_to: 10, unit_amount: 100 },
      { up_to: 'inf' as const, unit_amount: 50, flat_amount: 5 },
    ];
    const price = await stripe.prices.create({
      currency: 'usd',
      billing_scheme: 'tiered',
      tiers_mode: 'graduated',
      tiers,
      recurring: { interval: 'month' },
      product_data: { name: 'Tiered' },
    });
    expect(price).not.toHaveProperty('tiers');
    expect(price).not.toHaveProperty('currency_options');
    expect((await stripe.prices.retrieve(price.id, { expand: ['tiers'] })).tiers).toMatchObject([
      { up_to: 10, unit_amount: 100, flat_amount: null },
      { up_to: null, unit_amount: 50, flat_amount: 5 },
    ]);
    expect(JSON.stringify((await stripe.events.list({ type: 'price.created' })).data)).not.toContain('tiers"');
  });
});
