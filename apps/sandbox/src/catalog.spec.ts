import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { freshKey, startedSandbox, type StartedSandbox } from './testing/started-sandbox.js';

let world: StartedSandbox;
let stripe: Stripe;
beforeAll(async () => {
  world = await startedSandbox();
  stripe = world.client(freshKey());
});
afterAll(() => world.stop());

const monthly = (product: string, more: Partial<Stripe.PriceCreateParams> = {}) =>
  stripe.prices.create({ currency: 'usd', unit_amount: 1000, recurring: { interval: 'month' }, product, ...more });

describe('prices', () => {
  it('J1: change nothing that would change what subscribers pay', async () => {
    const { id } = await monthly((await stripe.products.create({ name: 'Pro' })).id);
    for (const wrong of [{ unit_amount: 5 }, { currency: 'eur' }, { product: 'prod_x' }, { recurring: { interval: 'year' } }]) {
      await expect(stripe.prices.update(id, wrong as Stripe.PriceUpdateParams)).rejects.toMatchObject({ code: 'parameter_unknown' });
    }
    const updated = await stripe.prices.update(id, { nickname: 'Monthly', metadata: { a: '1' }, tax_behavior: 'exclusive' });
    expect(updated).toMatchObject({ nickname: 'Monthly', metadata: { a: '1' }, tax_behavior: 'exclusive', unit_amount: 1000 });
    await expect(stripe.prices.update(id, { tax_behavior: 'inclusive' })).rejects.toMatchObject({ param: 'tax_behavior' });
  });

  it('J2: a lookup key belongs to one price, and moves when told to', async () => {
    const { id: product } = await stripe.products.create({ name: 'Pro' });
    const first = await monthly(product, { lookup_key: 'pro' });
    await expect(monthly(product, { lookup_key: 'pro' })).rejects.toMatchObject({ param: 'lookup_key' });
    const second = await monthly(product, { lookup_key: 'pro', transfer_lookup_key: true });
    expect((await stripe.prices.list({ lookup_keys: ['pro'] })).data.map(({ id }) => id)).toEqual([second.id]);
    expect((await stripe.prices.retrieve(first.id)).lookup_key).toBeNull();
  });

  it('J3, J7: are archived, not deleted, and listed by whether they are active', async () => {
    const { id: product } = await stripe.products.create({ name: 'Pro' });
    const { id } = await monthly(product);
    await stripe.prices.update(id, { active: false });
    expect((await stripe.prices.list({ product, active: true })).data).toEqual([]);
    expect((await stripe.prices.list({ product, active: false })).data).toHaveLength(1);
    expect((await world.raw('DELETE', `/v1/prices/${id}`)).status).toBe(404);
  });

  it('J8: metered ones need a meter', async () => {
    const { id: product } = await stripe.products.create({ name: 'Pro' });
    await expect(monthly(product, { recurring: { interval: 'month', usage_type: 'metered' } })).rejects.toMatchObject({
      param: 'recurring[meter]',
    });
    const metered = await monthly(product, { recurring: { interval: 'month', usage_type: 'metered', meter: 'mtr_1' } });
    expect(metered.recurring).toMatchObject({ usage_type: 'metered', meter: 'mtr_1', interval_count: 1 });
  });

  it('J10: have one amount, whole or with a fraction, or tiers', async () => {
    const { id: product } = await stripe.products.create({ name: 'Pro' });
    const fraction = await monthly(product, { unit_amount: undefined, unit_amount_decimal: Stripe.Decimal.from('0.125') });
    expect([fraction.unit_amount, String(fraction.unit_amount_decimal)]).toEqual([null, '0.125']);
    await expect(monthly(product, { unit_amount_decimal: Stripe.Decimal.from('1') })).rejects.toMatchObject({ statusCode: 400 });
    await expect(monthly(product, { unit_amount: undefined })).rejects.toMatchObject({ code: 'parameter_missing' });
    await expect(monthly(product, { billing_scheme: 'tiered', unit_amount: undefined })).rejects.toMatchObject({ param: 'tiers_mode' });
  });
});

describe('products', () => {
  it('J4, J6: have a default price of their own that is active and cannot be archived', async () => {
    const product = await stripe.products.create({
      name: 'Pro',
      default_price_data: { currency: 'usd', unit_amount: 100, recurring: { interval: 'month' } },
    });
    const price = String(product.default_price);
    expect(await stripe.prices.retrieve(price)).toMatchObject({ product: product.id, unit_amount: 100, type: 'recurring' });
    await expect(stripe.prices.update(price, { active: false })).rejects.toThrow(
      'This price cannot be archived because it is the default price of its product.',
    );
    const other = await stripe.products.create({ name: 'Other' });
    await expect(stripe.products.update(other.id, { default_price: price })).rejects.toMatchObject({ param: 'default_price' });
    const archived = await monthly(other.id, { active: false });
    await expect(stripe.products.update(other.id, { default_price: archived.id })).rejects.toThrow('only accepts active prices');
  });

  it('J5, H15: are deleted only while nothing was priced, and are gone then', async () => {
    const free = await stripe.products.create({ name: 'Free' });
    expect(await stripe.products.del(free.id)).toMatchObject({ id: free.id, object: 'product', deleted: true });
    await expect(stripe.products.retrieve(free.id)).rejects.toMatchObject({ statusCode: 404 });
    const priced = await stripe.products.create({ name: 'Pro' });
    await monthly(priced.id);
    await expect(stripe.products.del(priced.id)).rejects.toMatchObject({ statusCode: 400 });
  });

  it('J9: may have an id of their own choice, once', async () => {
    expect((await stripe.products.create({ id: 'small', name: 'Small' })).id).toBe('small');
    await expect(stripe.products.create({ id: 'small', name: 'Small' })).rejects.toMatchObject({ code: 'resource_already_exists' });
  });

  it('J18: merge their metadata', async () => {
    const { id } = await stripe.products.create({ name: 'Pro', metadata: { a: '1', b: '2' } });
    const updated = await stripe.products.update(id, { metadata: { a: '', c: '3' }, description: 'New' });
    expect(updated).toMatchObject({ metadata: { b: '2', c: '3' }, description: 'New', name: 'Pro' });
    expect((await stripe.products.update(id, { metadata: '' })).metadata).toEqual({});
  });
});
