/** The two kinds of event that are sent, as Stripe prints them: with two spaces. */
export type Kind = 'customer' | 'subscription';

const API_VERSION = '2026-10-28.endive';

/** About 1.2 KB. @param id what the event and its customer are called by */
export function customerCreated(id: string, created: number): string {
  return printed(`evt_${id}`, 'customer.created', created, {
    id: `cus_${id}`,
    object: 'customer',
    address: null,
    balance: 0,
    created,
    currency: 'eur',
    default_source: null,
    delinquent: false,
    description: 'Made by npm run bench to see how many a second there may be: nobody pays',
    discount: null,
    email: `${id.toLowerCase()}@example.com`,
    invoice_prefix: 'B0A1C2D3',
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
    livemode: false,
    metadata: { account: `account-${id}`, plan: 'pro' },
    name: `Customer ${id}`,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: ['en'],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  });
}

/** About 2.9 KB: one item, the period on the item. */
export function subscriptionCreated(id: string, customer: string, created: number): string {
  const end = created + 30 * 86_400;
  return printed(`evt_${id}`, 'customer.subscription.created', created, {
    id: `sub_${id}`,
    object: 'subscription',
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, reason: null },
    collection_method: 'charge_automatically',
    created,
    currency: 'eur',
    customer: `cus_${customer}`,
    default_payment_method: 'pm_1QbenchBenchBenchBench01',
    discounts: [],
    ended_at: null,
    invoice_settings: { account_tax_ids: null, issuer: { type: 'self' } },
    items: {
      object: 'list',
      data: [
        {
          id: `si_${id}`,
          object: 'subscription_item',
          created,
          current_period_end: end,
          current_period_start: created,
          discounts: [],
          metadata: {},
          price: {
            id: 'price_1QbenchBenchBenchBench01',
            object: 'price',
            active: true,
            billing_scheme: 'per_unit',
            created: 1_700_000_000,
            currency: 'eur',
            livemode: false,
            metadata: {},
            product: 'prod_BenchBenchBench',
            recurring: { interval: 'month', interval_count: 1, meter: null, trial_period_days: null, usage_type: 'licensed' },
            tax_behavior: 'exclusive',
            type: 'recurring',
            unit_amount: 1500,
            unit_amount_decimal: '1500',
          },
          quantity: 1,
          subscription: `sub_${id}`,
        },
      ],
      has_more: false,
      total_count: 1,
      url: `/v1/subscription_items?subscription=sub_${id}`,
    },
    latest_invoice: `in_${id}`,
    livemode: false,
    metadata: { account: `account-${customer}` },
    pause_collection: null,
    payment_settings: { payment_method_options: null, payment_method_types: null, save_default_payment_method: 'off' },
    pending_update: null,
    start_date: created,
    status: 'active',
    test_clock: null,
    trial_end: null,
    trial_start: null,
  });
}

function printed(eventId: string, type: string, created: number, object: object): string {
  return JSON.stringify(
    {
      id: eventId,
      object: 'event',
      api_version: API_VERSION,
      created,
      data: { object },
      livemode: false,
      pending_webhooks: 1,
      request: { id: 'req_BenchBenchBench', idempotency_key: null },
      type,
    },
    null,
    2,
  );
}
