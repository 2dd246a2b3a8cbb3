import { made, unchanged } from '../change.js';
import { anything, decimal, hash, integer, mergedMetadata, metadata, oneOf, required, text } from '../parameters.js';
import type { Change, State, StripeObject } from '../state.js';
import { invalidRequest } from '../stripe-error.js';

export interface Price extends StripeObject {
  readonly object: 'price';
  readonly active: boolean;
  readonly billing_scheme: 'per_unit' | 'tiered';
  readonly created: number;
  readonly currency: string;
  readonly livemode: false;
  readonly lookup_key: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly nickname: string | null;
  readonly product: string;
  readonly recurring: Recurring | null;
  readonly tax_behavior: 'exclusive' | 'inclusive' | 'unspecified';
  /** Kept with the price, shown only by expand (G10). */
  readonly tiers?: readonly Tier[];
  readonly tiers_mode: 'graduated' | 'volume' | null;
  readonly transform_quantity: { readonly divide_by: number; readonly round: 'up' | 'down' } | null;
  readonly type: 'recurring' | 'one_time';
  /** Whole minor units; null when tiered, or when the amount has a fraction. */
  readonly unit_amount: number | null;
  /** The same with up to 12 decimals; null when tiered. */
  readonly unit_amount_decimal: string | null;
}
export interface Recurring {
  readonly interval: 'day' | 'week' | 'month' | 'year';
  readonly interval_count: number;
  readonly meter: string | null;
  readonly trial_period_days: number | null;
  readonly usage_type: 'licensed' | 'metered';
}
export interface Tier {
  readonly flat_amount: number | null;
  readonly flat_amount_decimal: string | null;
  readonly unit_amount: number | null;
  readonly unit_amount_decimal: string | null;
  /** null: up to infinity, the last tier. */
  readonly up_to: number | null;
}
/** A price made inside another request (`price_data`): lists leave it out (J7). */
interface InlinePrice extends StripeObject {
  readonly object: 'sandbox.inline_price';
}
declare module '../state.js' {
  interface Kinds {
    price: Price;
    'sandbox.inline_price': InlinePrice;
  }
}

const KIND = 'price';

const recurringField = () =>
  hash({
    interval: required(oneOf('day', 'month', 'week', 'year')),
    interval_count: integer({ min: 1 }),
    meter: text(),
    trial_period_days: integer({ min: 1 }),
    usage_type: oneOf('licensed', 'metered'),
  });

/** What `default_price_data`, `price_data` and creating a price have in common. */
export const priceData = {
  currency: required(text({ max: 3 })),
  recurring: recurringField(),
  tax_behavior: oneOf('exclusive', 'inclusive', 'unspecified'),
  unit_amount: integer({ min: 0 }),
  unit_amount_decimal: decimal(),
  currency_options: anything(),
  custom_unit_amount: anything(),
  metadata: metadata(),
};

type SentRecurring = ReturnType<ReturnType<typeof recurringField>['read']>;
interface SentPrice {
  readonly currency: string;
  readonly recurring?: SentRecurring | undefined;
  readonly tax_behavior?: Price['tax_behavior'] | undefined;
  readonly unit_amount?: number | undefined;
  readonly unit_amount_decimal?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | null | undefined;
  readonly active?: boolean | undefined;
  readonly billing_scheme?: Price['billing_scheme'] | undefined;
  readonly lookup_key?: string | undefined;
  readonly nickname?: string | undefined;
  readonly tiers?:
    | ReadonlyArray<{
        readonly up_to: number | 'inf';
        readonly flat_amount?: number | undefined;
        readonly flat_amount_decimal?: string | undefined;
        readonly unit_amount?: number | undefined;
        readonly unit_amount_decimal?: string | undefined;
      }>
    | undefined;
  readonly tiers_mode?: Price['tiers_mode'] | undefined;
  readonly transform_quantity?: Price['transform_quantity'] | undefined;
}

/** A price as `price_data` of another request describes it: real, but in no list (J7). */
export function inlinePrice(state: State, product: string, sent: SentPrice, now: number): { change: Change; price: Price } {
  const price: Price = { ...newPrice(state, product, sent, now) };
  const change = made(unchanged(state), price, { type: 'price.created', at: now });
  return { change: { ...change, state: change.state.with({ id: price.id, object: 'sandbox.inline_price' }) }, price };
}

export function newPrice(state: State, product: string, sent: SentPrice, now: number): Price {
  const tiered = sent.billing_scheme === 'tiered';
  const { unit_amount, unit_amount_decimal } = tiered ? checkedTiers(sent) : amountsOf(sent);
  if (sent.recurring?.usage_type === 'metered' && sent.recurring.meter === undefined) {
    throw invalidRequest('You must specify a meter for metered prices.', { code: 'parameter_missing', param: 'recurring[meter]' });
  }
  return {
    id: state.newId('price'),
    object: KIND,
    active: sent.active ?? true,
    billing_scheme: tiered ? 'tiered' : 'per_unit',
    created: now,
    currency: sent.currency.toLowerCase(),
    custom_unit_amount: null,
    livemode: false,
    lookup_key: sent.lookup_key ?? null,
    metadata: mergedMetadata({}, sent.metadata),
    nickname: sent.nickname ?? null,
    product,
    recurring: sent.recurring === undefined ? null : toRecurring(sent.recurring),
    tax_behavior: sent.tax_behavior ?? 'unspecified',
    ...(tiered && sent.tiers ? { tiers: sent.tiers.map(toTier) } : {}),
    tiers_mode: sent.tiers_mode ?? null,
    transform_quantity: sent.transform_quantity ?? null,
    type: sent.recurring === undefined ? 'one_time' : 'recurring',
    unit_amount,
    unit_amount_decimal,
  };
}

function toRecurring(sent: SentRecurring): Recurring {
  return {
    interval: sent.interval,
    interval_count: sent.interval_count ?? 1,
    meter: sent.meter ?? null,
    trial_period_days: sent.trial_period_days ?? null,
    usage_type: sent.usage_type ?? 'licensed',
  };
}

function toTier(sent: NonNullable<SentPrice['tiers']>[number]): Tier {
  const both = (amount: number | undefined, text: string | undefined): [number | null, string | null] => {
    const exact = text ?? amount?.toString() ?? null;
    return [amount ?? (exact !== null && /^-?\d+$/.test(exact) ? Number(exact) : null), exact];
  };
  const [flat_amount, flat_amount_decimal] = both(sent.flat_amount, sent.flat_amount_decimal);
  const [unit_amount, unit_amount_decimal] = both(sent.unit_amount, sent.unit_amount_decimal);
  return { flat_amount, flat_amount_decimal, unit_amount, unit_amount_decimal, up_to: sent.up_to === 'inf' ? null : sent.up_to };
}

function amountsOf(sent: SentPrice): Pick<Price, 'unit_amount' | 'unit_amount_decimal'> {
  const { unit_amount, unit_amount_decimal } = sent;
  if (unit_amount !== undefined && unit_amount_decimal !== undefined) {
    throw invalidRequest('You may only specify one of these parameters: unit_amount, unit_amount_decimal.', { param: 'unit_amount' });
  }
  if (unit_amount_decimal !== undefined) {
    return { unit_amount: /^\d+$/.test(unit_amount_decimal) ? Number(unit_amount_decimal) : null, unit_amount_decimal };
  }
  if (unit_amount === undefined) {
    throw invalidRequest('Prices require an `unit_amount` or `unit_amount_decimal` parameter to be set.', { code: 'parameter_missing' });
  }
  return { unit_amount, unit_amount_decimal: String(unit_amount) };
}

function checkedTiers(sent: SentPrice): Pick<Price, 'unit_amount' | 'unit_amount_decimal'> {
  if (sent.tiers_mode === undefined || sent.tiers === undefined || sent.tiers.length === 0) {
    const param = sent.tiers_mode === undefined ? 'tiers_mode' : 'tiers';
    throw invalidRequest(`Missing required param: ${param}.`, { code: 'parameter_missing', param });
  }
  if (sent.tiers.at(-1)?.up_to !== 'inf') {
    throw invalidRequest('The last tier must have `up_to` set to `inf`.', { param: 'tiers' });
  }
  return { unit_amount: null, unit_amount_decimal: null };
}
