import type { Price } from '../resources/price.js';
import type { State, StripeObject } from '../state.js';
import type { Recurrence } from './calendar.js';

export type SubscriptionStatus =
  'incomplete' | 'incomplete_expired' | 'trialing' | 'active' | 'past_due' | 'canceled' | 'unpaid' | 'paused';
export type CollectionMethod = 'charge_automatically' | 'send_invoice';
export type MissingPaymentMethod = 'cancel' | 'create_invoice' | 'pause';
export type Metadata = Readonly<Record<string, string>>;

/** A subscription as it is stored; what no rule here reads stays behind the index. */
export interface Subscription extends StripeObject {
  readonly object: 'subscription';
  readonly billing_cycle_anchor: number;
  readonly cancel_at: number | null;
  readonly cancel_at_period_end: boolean;
  readonly canceled_at: number | null;
  readonly cancellation_details: CancellationDetails;
  readonly collection_method: CollectionMethod;
  readonly created: number;
  readonly currency: string;
  readonly customer: string;
  readonly days_until_due: number | null;
  readonly default_payment_method: string | null;
  readonly default_source: string | null;
  readonly ended_at: number | null;
  readonly items: ItemList;
  readonly latest_invoice: string | null;
  readonly metadata: Metadata;
  readonly pause_collection: PauseCollection | null;
  readonly payment_settings: { readonly save_default_payment_method: string | null; readonly [setting: string]: unknown };
  readonly pending_update: PendingUpdate | null;
  readonly start_date: number;
  readonly status: SubscriptionStatus;
  readonly test_clock: string | null;
  readonly trial_end: number | null;
  readonly trial_settings: TrialSettings;
  readonly trial_start: number | null;
}

export interface CancellationDetails {
  readonly comment: string | null;
  readonly feedback: string | null;
  readonly feedback_option: string | null;
  readonly reason: 'cancellation_requested' | 'payment_failed' | 'payment_disputed' | null;
}

export interface PauseCollection {
  readonly behavior: 'keep_as_draft' | 'mark_uncollectible' | 'void';
  readonly resumes_at: number | null;
}

export interface TrialSettings {
  readonly end_behavior: {
    readonly billing_cycle_anchor: 'now' | 'unchanged' | null;
    readonly missing_payment_method: MissingPaymentMethod;
  };
}

/** What waits for its invoice to be paid (payment_behavior pending_if_incomplete, checklist K6). */
export interface PendingUpdate {
  readonly billing_cycle_anchor: number | null;
  readonly expires_at: number;
  readonly subscription_items: readonly SubscriptionItem[] | null;
  readonly trial_end: number | null;
  readonly trial_from_plan: boolean | null;
  readonly [field: string]: unknown;
}

export interface ItemList {
  readonly object: 'list';
  readonly data: readonly SubscriptionItem[];
  readonly has_more: boolean;
  readonly total_count: number;
  readonly url: string;
}

export interface SubscriptionItem extends StripeObject {
  readonly object: 'subscription_item';
  readonly created: number;
  readonly current_period_end: number;
  readonly current_period_start: number;
  readonly metadata: Metadata;
  readonly price: Price;
  readonly plan: unknown;
  /** Absent for metered prices (K19). */
  readonly quantity?: number;
  readonly subscription: string;
}

declare module '../state.js' {
  interface Kinds {
    subscription: Subscription;
  }
}

/** Nothing leads out of these (K4). */
export const ENDED: ReadonlySet<SubscriptionStatus> = new Set(['canceled', 'incomplete_expired']);

/** Periods go on in these. */
export const RENEWING: ReadonlySet<SubscriptionStatus> = new Set(['active', 'past_due', 'unpaid']);

/** The end of the period that ends first: the date by which lists are filtered, too (K16). */
export function periodEndOf(subscription: Subscription): number {
  return Math.min(...subscription.items.data.map((item) => item.current_period_end));
}

/** The end of the period that ends last: where `cancel_at_period_end` cancels. */
export function lastPeriodEndOf(subscription: Subscription): number {
  return Math.max(...subscription.items.data.map((item) => item.current_period_end));
}

export function recurrenceOf(price: Price): Recurrence {
  return price.recurring ?? { interval: 'month', interval_count: 1 };
}

export function isMetered(price: Price): boolean {
  return price.recurring?.usage_type === 'metered';
}

export function subscriptionsOf(state: State, customer: string): readonly Subscription[] {
  return state.list('subscription').filter((subscription) => subscription.customer === customer);
}

/** With these items in place of its own; `plan` and `quantity` on the subscription itself show the item of a single one. */
export function withItems(subscription: Subscription, items: readonly SubscriptionItem[]): Subscription {
  const [only, second] = items;
  const single = only !== undefined && second === undefined ? only : undefined;
  return {
    ...subscription,
    items: { ...subscription.items, data: items, total_count: items.length },
    plan: single?.plan ?? null,
    quantity: single?.quantity ?? null,
  };
}

/** The same price as the plan it was called before prices: still part of every item. */
export function planOf(price: Price): StripeObject {
  const { recurring } = price;
  return {
    id: price.id,
    object: 'plan',
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: price.billing_scheme,
    created: price.created,
    currency: price.currency,
    interval: recurring?.interval ?? 'month',
    interval_count: recurring?.interval_count ?? 1,
    livemode: false,
    metadata: price.metadata,
    meter: recurring?.meter ?? null,
    nickname: price.nickname,
    product: price.product,
    tiers_mode: price.tiers_mode,
    transform_usage: price.transform_quantity,
    trial_period_days: recurring?.trial_period_days ?? null,
    usage_type: recurring?.usage_type ?? 'licensed',
  };
}
