import type { StripeEventReceived } from '@turnpike/contracts-events';
import type { JsonObject } from '@turnpike/stripe';

/** 2026-11-21T00:00:00Z. */
export const NOON = 1_795_219_200;

export function aCustomer(id: string, change: JsonObject = {}): JsonObject {
  return {
    id,
    object: 'customer',
    name: 'Ada',
    email: 'ada@example.com',
    currency: 'eur',
    created: NOON,
    livemode: false,
    metadata: {},
    test_clock: null,
    ...change,
  };
}

export function aSubscription(id: string, customer: string, change: JsonObject = {}): JsonObject {
  return {
    id,
    object: 'subscription',
    customer,
    status: 'active',
    collection_method: 'charge_automatically',
    currency: 'eur',
    created: NOON,
    start_date: NOON,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    ended_at: null,
    trial_start: null,
    trial_end: null,
    pause_collection: null,
    test_clock: null,
    metadata: {},
    items: { object: 'list', data: [anItem('si_1')], has_more: false, total_count: 1 },
    ...change,
  };
}

export function anItem(id: string, change: JsonObject = {}): JsonObject {
  return {
    id,
    object: 'subscription_item',
    quantity: 1,
    current_period_start: NOON,
    current_period_end: NOON + 30 * 86_400,
    price: {
      id: 'price_pro',
      object: 'price',
      currency: 'eur',
      product: 'prod_pro',
      unit_amount: 1500,
      recurring: { interval: 'month', interval_count: 1, usage_type: 'licensed' },
    },
    ...change,
  };
}

let drawn = 0;

/** An event as the gateway tells it. @param created seconds after `NOON` */
export function anEvent(type: string, object: JsonObject, created = 0, change: Partial<StripeEventReceived> = {}): StripeEventReceived {
  drawn += 1;
  const at = NOON + created;
  return {
    connectionId: 'acme-test',
    eventId: `evt_${String(drawn).padStart(8, '0')}`,
    type,
    created: at,
    createdAt: new Date(at * 1000).toISOString(),
    apiVersion: '2026-10-28.endive',
    livemode: false,
    account: null,
    objectType: typeof object['object'] === 'string' ? object['object'] : 'unknown',
    objectId: typeof object['id'] === 'string' ? object['id'] : null,
    object,
    previousAttributes: null,
    request: { id: 'req_1', idempotencyKey: null },
    receivedAt: new Date(at * 1000 + 800).toISOString(),
    ...change,
  };
}
