import type { History, Thing } from './histories.js';

/** One of Stripe's objects as the API prints it. */
export type Printed = Readonly<Record<string, unknown>>;

/** What an object is at one moment. */
export interface Truth {
  readonly thing: Thing;
  /** Stripe's epoch seconds. */
  readonly created: number;
  /** Null while it exists. */
  readonly deletedAt: number | null;
}

const NAMES = ['Ada', 'Grace', 'Mary'] as const;
const EMAILS = ['ada@example.com', 'grace@example.com', 'mary@example.com'] as const;
const STATUSES = ['active', 'past_due', 'unpaid'] as const;
/** What Stripe embeds of a list. */
export const EMBEDDED = 10;
const MONTH_SECONDS = 30 * 86_400;

/** What somebody who mirrors the object must show of it in the end. */
export type Expected =
  | { readonly kind: 'customer'; readonly isDeleted: boolean; readonly name: string; readonly email: string }
  | { readonly kind: 'product'; readonly isDeleted: boolean; readonly name: string; readonly isActive: boolean }
  | { readonly kind: 'subscription'; readonly status: string; readonly quantities: readonly number[] };

export function expectedOf({ kind, items }: Pick<History, 'kind' | 'items'>, { thing, deletedAt }: Truth): Expected {
  const isDeleted = deletedAt !== null;
  if (kind === 'customer') return { kind, isDeleted, name: NAMES[thing.a], email: EMAILS[thing.b] };
  if (kind === 'product') return { kind, isDeleted, name: NAMES[thing.a], isActive: thing.b === 0 };
  return { kind, status: isDeleted ? 'canceled' : STATUSES[thing.a], quantities: quantitiesOf(items, thing) };
}

/** The last item's quantity changes: in a long list it is one that Stripe does not embed. */
function quantitiesOf(items: number, { b }: Thing): number[] {
  return Array.from({ length: items }, (_, at) => (at === items - 1 ? b + 1 : 1));
}

/** As Stripe prints it, in an event or in an answer: lists are cut at ten. */
export function printed(id: string, { kind, items }: Pick<History, 'kind' | 'items'>, truth: Truth): Printed {
  if (kind === 'customer') return customer(id, truth);
  if (kind === 'product') return product(id, truth);
  return subscription(id, items, truth);
}

/** All items of a subscription, as their list prints them. */
export function itemsOf(id: string, items: number, { thing, created }: Truth): Printed[] {
  return quantitiesOf(items, thing).map((quantity, at) => ({
    id: `si_${id.slice(4)}x${String(at).padStart(2, '0')}`,
    object: 'subscription_item',
    created,
    current_period_end: created + MONTH_SECONDS,
    current_period_start: created,
    discounts: [],
    metadata: {},
    price: {
      id: `price_${at}`,
      object: 'price',
      active: true,
      billing_scheme: 'per_unit',
      created: 1_700_000_000,
      currency: 'eur',
      livemode: false,
      metadata: {},
      product: 'prod_of_items',
      recurring: { interval: 'month', interval_count: 1, usage_type: 'licensed' },
      type: 'recurring',
      unit_amount: 1500,
      unit_amount_decimal: '1500',
    },
    quantity,
    subscription: id,
  }));
}

/** What `previous_attributes` says: the fields that are printed otherwise now, as they were. */
export function whatWas(before: Printed, after: Printed): Printed {
  return Object.fromEntries(Object.entries(before).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(after[key])));
}

function customer(id: string, { thing, created }: Truth): Printed {
  return {
    id,
    object: 'customer',
    address: null,
    balance: 0,
    created,
    currency: 'eur',
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: EMAILS[thing.b],
    invoice_prefix: 'B0A1C2D3',
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
    livemode: false,
    metadata: {},
    name: NAMES[thing.a],
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  };
}

function product(id: string, { thing, created }: Truth): Printed {
  return {
    id,
    object: 'product',
    active: thing.b === 0,
    created,
    default_price: null,
    // Not kept by everybody: a change of it alone is no news to them.
    description: `Text ${thing.b}`,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: {},
    name: NAMES[thing.a],
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    type: 'service',
    unit_label: null,
    url: null,
  };
}

function subscription(id: string, items: number, truth: Truth): Printed {
  const { thing, created, deletedAt } = truth;
  return {
    id,
    object: 'subscription',
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: deletedAt,
    cancellation_details: { comment: null, feedback: null, reason: deletedAt === null ? null : 'cancellation_requested' },
    collection_method: 'charge_automatically',
    created,
    currency: 'eur',
    customer: customerOf(id),
    default_payment_method: null,
    discounts: [],
    ended_at: deletedAt,
    items: {
      object: 'list',
      data: itemsOf(id, items, truth).slice(0, EMBEDDED),
      has_more: items > EMBEDDED,
      total_count: items,
      url: `/v1/subscription_items?subscription=${id}`,
    },
    latest_invoice: null,
    livemode: false,
    metadata: {},
    pause_collection: null,
    start_date: created,
    status: deletedAt === null ? STATUSES[thing.a] : 'canceled',
    test_clock: null,
    trial_end: null,
    trial_start: null,
  };
}

/** Whose subscription it is: somebody who is made just before it, and never changes. */
export function customerOf(subscriptionId: string): string {
  return `cus_of_${subscriptionId.slice(4)}`;
}
