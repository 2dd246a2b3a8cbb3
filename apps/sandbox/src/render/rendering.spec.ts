import { describe, expect, it } from '@jest/globals';
import { API_VERSION } from './versions.js';
import { renderedAt } from './rendering.js';
import { State, type StripeObject } from '../state.js';

const settings = {
  businessName: 'Acme',
  country: 'US',
  defaultCurrency: 'usd',
  apiVersion: API_VERSION,
  retryAfterDays: [],
  afterLastRetry: 'cancel',
} as const;
const stored = (objects: StripeObject[]): State =>
  State.from({ account: 'acct_1', settings, objects, deleted: [] }, (length) => 'x'.repeat(length));

const subscription = {
  id: 'sub_1',
  object: 'subscription',
  items: {
    object: 'list',
    data: [
      { id: 'si_1', object: 'subscription_item', current_period_start: 10, current_period_end: 30 },
      { id: 'si_2', object: 'subscription_item', current_period_start: 15, current_period_end: 20 },
    ],
  },
};
const invoice = {
  id: 'in_1',
  object: 'invoice',
  status: 'paid',
  parent: { type: 'subscription_details', subscription_details: { subscription: 'sub_1', metadata: { a: '1' } } },
  lines: {
    object: 'list',
    data: [
      {
        id: 'il_1',
        object: 'line_item',
        parent: { type: 'subscription_item_details', subscription_item_details: { proration: true, subscription_item: 'si_1' } },
        pricing: { type: 'price_details', price_details: { price: 'price_1', product: 'prod_1' } },
      },
    ],
  },
};

describe('shapes of older versions', () => {
  it('are those of today for basil and after', () => {
    for (const version of [API_VERSION, '2025-03-31.basil'])
      expect(renderedAt({ subscription, invoice }, version, stored([]))).toEqual({ subscription, invoice });
  });

  it('K16: before basil a subscription has its period itself, in events and lists too', () => {
    const rendered = renderedAt({ object: 'event', data: { object: subscription } }, '2024-06-20', stored([]));
    expect(rendered).toMatchObject({ data: { object: { current_period_start: 15, current_period_end: 20 } } });
    expect(JSON.stringify(rendered)).not.toContain('"si_1","object":"subscription_item","current_period');
  });

  it('leave alone what customers wrote, whatever they called it', () => {
    const metadata = { object: 'subscription', id: 'mine' };
    expect(renderedAt({ id: 'cus_1', object: 'customer', metadata }, '2024-06-20', stored([]))).toEqual({
      id: 'cus_1',
      object: 'customer',
      metadata,
    });
  });

  it('M9, M12: before basil an invoice names its subscription, payment and charge, and its lines their prices', () => {
    const payment = {
      id: 'inpay_1',
      object: 'invoice_payment',
      invoice: 'in_1',
      payment: { type: 'payment_intent', payment_intent: 'pi_1' },
    };
    const intent = { id: 'pi_1', object: 'payment_intent', latest_charge: 'ch_1' };
    const rendered = renderedAt(invoice, '2024-06-20', stored([payment, intent]));
    expect(rendered).toMatchObject({
      subscription: 'sub_1',
      payment_intent: 'pi_1',
      charge: 'ch_1',
      paid: true,
      subscription_details: { metadata: { a: '1' } },
      lines: { data: [{ price: 'price_1', proration: true, type: 'subscription', subscription_item: 'si_1' }] },
    });
    expect(rendered).not.toHaveProperty('parent');
  });
});
