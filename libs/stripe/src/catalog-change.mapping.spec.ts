import { describe, expect, it } from '@jest/globals';
import { fromPriceHint, fromProductHint, isAboutPrice, isAboutProduct } from './catalog-change.mapping.js';
import { fromStripePrice } from './price.mapping.js';
import { fromStripeProduct } from './product.mapping.js';

const product = {
  object: 'product',
  id: 'prod_1',
  name: 'Acme Pro Plan',
  active: true,
  metadata: { turnpike_entity_id: 'pl_1', note: 'x' },
};
const price = {
  object: 'price',
  id: 'price_1',
  product: 'prod_1',
  active: true,
  currency: 'usd',
  unit_amount: 4900,
  unit_amount_decimal: '4900',
  recurring: { interval: 'month', interval_count: 1 },
  metadata: {},
};
const hint = (type: string, object: Record<string, unknown>, previousAttributes: Record<string, unknown> | null = null) =>
  ({ eventId: 'evt_1', created: 1, type, object, previousAttributes }) as Parameters<typeof fromProductHint>[0];

describe('a product', () => {
  it('keeps its name, whether it is active, and of the metadata what is ours', () => {
    expect(fromStripeProduct(product)).toEqual({
      productId: 'prod_1',
      name: 'Acme Pro Plan',
      isActive: true,
      metadata: { turnpike_entity_id: 'pl_1' },
    });
  });

  it('tells what a change replaced', () => {
    expect(fromProductHint(hint('product.updated', product, { name: 'Acme Plan' })).previous).toEqual({ name: 'Acme Plan' });
  });

  it('that is deleted tells no last state', () => {
    expect(fromProductHint(hint('product.deleted', product))).toMatchObject({ deleted: true, payload: null });
  });

  it('that cannot be read is looked up, and fails nothing', () => {
    expect(fromProductHint(hint('product.updated', { ...product, id: 7 }))).toMatchObject({ unmappable: true });
  });
});

describe('a price', () => {
  it('reads the same with its product expanded and without the amount as a decimal', () => {
    const { unit_amount_decimal: _, ...older } = price;
    expect(fromStripePrice({ ...older, product: { id: 'prod_1', object: 'product' } })).toEqual(fromStripePrice(price));
  });

  it('has no amount where it has tiers, and no interval where it is paid once', () => {
    const once = { ...price, unit_amount: null, unit_amount_decimal: null, recurring: null };
    expect(fromStripePrice(once)).toMatchObject({ unitAmount: null, unitAmountDecimal: null, recurring: null });
  });

  it('of an interval that nobody knows is looked up, and fails nothing', () => {
    const odd = { ...price, recurring: { interval: 'fortnight', interval_count: 1 } };
    expect(fromPriceHint(hint('price.updated', odd))).toMatchObject({ unmappable: true });
  });
});

describe('events', () => {
  it('of products and of prices are told apart', () => {
    expect([isAboutProduct('product.created'), isAboutProduct('price.created')]).toEqual([true, false]);
    expect([isAboutPrice('price.updated'), isAboutPrice('product.updated')]).toEqual([true, false]);
  });
});
