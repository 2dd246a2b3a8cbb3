/** Events as Stripe's newest API versions write them, so far as the road reads them. Made up here; nothing in them is anybody's. */
export const SAMPLES = {
  'customer.created': customerCreated,
  'customer.subscription.created': subscriptionCreated,
} as const;
export type SampleName = keyof typeof SAMPLES;

export interface SampleWish {
  /** Of the event and what is in it, e.g. `Ab12`: `evt_Ab12`. */
  readonly id: string;
  /** `cus_…` */
  readonly customer: string;
  readonly email: string;
  /** Epoch seconds. */
  readonly now: number;
}

const API_VERSION = '2025-03-31.basil';
const MONTH_SECONDS = 30 * 24 * 60 * 60;

export function isSampleName(word: string): word is SampleName {
  return Object.hasOwn(SAMPLES, word);
}

function customerCreated(wish: SampleWish): object {
  return eventOf('customer.created', wish, {
    id: wish.customer,
    object: 'customer',
    created: wish.now,
    currency: null,
    email: wish.email,
    livemode: false,
    metadata: {},
    name: 'Ada Example',
    test_clock: null,
  });
}

function subscriptionCreated(wish: SampleWish): object {
  const { id, customer, now } = wish;
  return eventOf('customer.subscription.created', wish, {
    id: `sub_${id}`,
    object: 'subscription',
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, reason: null },
    collection_method: 'charge_automatically',
    created: now,
    currency: 'eur',
    customer,
    ended_at: null,
    items: {
      object: 'list',
      data: [
        {
          id: `si_${id}`,
          object: 'subscription_item',
          current_period_end: now + MONTH_SECONDS,
          current_period_start: now,
          price: {
            id: 'price_example',
            object: 'price',
            currency: 'eur',
            product: 'prod_example',
            recurring: { interval: 'month', interval_count: 1, usage_type: 'licensed' },
            unit_amount: 1900,
            unit_amount_decimal: '1900',
          },
          quantity: 1,
          subscription: `sub_${id}`,
        },
      ],
      has_more: false,
      total_count: 1,
    },
    livemode: false,
    metadata: {},
    pause_collection: null,
    start_date: now,
    status: 'active',
    test_clock: null,
    trial_end: null,
    trial_start: null,
  });
}

function eventOf(type: SampleName, { id, now }: SampleWish, object: object): object {
  return {
    id: `evt_${id}`,
    object: 'event',
    api_version: API_VERSION,
    created: now,
    data: { object },
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
  };
}
