import type { JsonObject } from '../json.js';

/** 2026-11-01T00:00:00Z. */
export const PERIOD_START = 1_793_491_200;
/** 2026-12-01T00:00:00Z. */
export const PERIOD_END = 1_796_083_200;

/** A subscription as the pinned API version shows it: the period is on the item. */
export function aStripeSubscription(change: JsonObject = {}): JsonObject {
  return {
    id: 'sub_1',
    object: 'subscription',
    billing_cycle_anchor: PERIOD_START,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, reason: null },
    collection_method: 'charge_automatically',
    created: PERIOD_START,
    currency: 'usd',
    customer: 'cus_1',
    ended_at: null,
    items: { object: 'list', data: [aStripeItem()], has_more: false, total_count: 1, url: '/v1/subscription_items?subscription=sub_1' },
    latest_invoice: 'in_1',
    livemode: false,
    metadata: {},
    pause_collection: null,
    start_date: PERIOD_START,
    status: 'active',
    test_clock: null,
    trial_end: null,
    trial_start: null,
    ...change,
  };
}

export function aStripeItem(change: JsonObject = {}): JsonObject {
  return {
    id: 'si_1',
    object: 'subscription_item',
    created: PERIOD_START,
    current_period_end: PERIOD_END,
    current_period_start: PERIOD_START,
    metadata: {},
    price: {
      id: 'price_1',
      object: 'price',
      active: true,
      billing_scheme: 'per_unit',
      currency: 'usd',
      product: 'prod_1',
      recurring: { interval: 'month', interval_count: 1, meter: null, trial_period_days: null, usage_type: 'licensed' },
      type: 'recurring',
      unit_amount: 1500,
      unit_amount_decimal: '1500',
    },
    quantity: 2,
    subscription: 'sub_1',
    ...change,
  };
}

/** The same subscription as versions before 2025-03-31.basil show it: the period is on the subscription. */
export function anOldStripeSubscription(change: JsonObject = {}): JsonObject {
  const { current_period_end: end, current_period_start: start, ...item } = aStripeItem();
  return aStripeSubscription({
    items: { object: 'list', data: [item], has_more: false, total_count: 1 },
    current_period_end: end ?? null,
    current_period_start: start ?? null,
    ...change,
  });
}

export function aStripeCustomer(change: JsonObject = {}): JsonObject {
  return {
    id: 'cus_1',
    object: 'customer',
    address: null,
    created: PERIOD_START,
    currency: 'usd',
    email: 'ada@example.com',
    livemode: false,
    metadata: {},
    name: 'Ada',
    phone: null,
    test_clock: null,
    ...change,
  };
}
