import { z } from 'zod';
import { Currency, DecimalText, IdOf, OwnMetadata, readStripeObject, Text, Time, wordFor } from './stripe-field.js';
import { UnreadableStripeObject } from './unreadable-stripe-object.error.js';

/** Stripe's statuses and ours (requirements 6.2). */
const STATUS = {
  incomplete: 'payment_pending',
  incomplete_expired: 'expired',
  trialing: 'trialing',
  active: 'active',
  past_due: 'past_due',
  unpaid: 'unpaid',
  paused: 'paused',
  canceled: 'canceled',
} as const;
export type SubscriptionStatus = (typeof STATUS)[keyof typeof STATUS];

const COLLECTION = { charge_automatically: 'charge_automatically', send_invoice: 'send_invoice' } as const;
export type CollectionMethod = keyof typeof COLLECTION;

const INTERVAL = { day: 'day', week: 'week', month: 'month', year: 'year' } as const;
export type PriceInterval = keyof typeof INTERVAL;

const USAGE = { licensed: 'licensed', metered: 'metered' } as const;
export type UsageType = keyof typeof USAGE;

const PAUSED_COLLECTION = { void: 'void', keep_as_draft: 'keep_as_draft', mark_uncollectible: 'mark_uncollectible' } as const;

/**
 * Why Stripe says it was canceled. This one list does not refuse what it does not know: the reason only explains, and a
 * cancellation that is not read for the sake of its explanation would leave access in place.
 */
const CANCEL_REASON = new Map<string, CancelReason>([
  ['cancellation_requested', 'requested'],
  ['payment_failed', 'payment_failed'],
  ['payment_disputed', 'payment_disputed'],
  ['canceled_by_retention_policy', 'billing_provider'],
]);
export type CancelReason = 'requested' | 'payment_failed' | 'payment_disputed' | 'billing_provider' | 'other';

/** One line of a subscription. Plain JSON, like everything here; `type` and not `interface`, so that it counts as such. */
export type NormalisedSubscriptionItem = {
  /** Null where the API version had no items, only a plan. */
  itemId: string | null;
  priceId: string;
  productId: string | null;
  /** Null for metered prices. */
  quantity: number | null;
  currency: string;
  /** Minor units, up to 12 decimal places; null for tiered prices. */
  unitAmountDecimal: string | null;
  interval: PriceInterval | null;
  intervalCount: number | null;
  usageType: UsageType | null;
  currentPeriodStartAt: string | null;
  currentPeriodEndAt: string | null;
};

export type NormalisedSubscription = {
  subscriptionId: string;
  customerId: string;
  status: SubscriptionStatus;
  currency: string | null;
  /** In the order of their ids: Stripe's own order differs between an event and an answer. */
  items: NormalisedSubscriptionItem[];
  /** Of the item whose period ends first, where the items have their own. */
  currentPeriodStartAt: string | null;
  currentPeriodEndAt: string | null;
  trialStartAt: string | null;
  trialEndAt: string | null;
  /** When it will end, or did. */
  cancelAt: string | null;
  isCancelAtPeriodEnd: boolean;
  /** When somebody asked for the end; the end itself is `endedAt`. */
  canceledAt: string | null;
  endedAt: string | null;
  cancelReason: CancelReason | null;
  collectionMethod: CollectionMethod;
  /** Invoices go on but are not collected; the status does not say so. */
  pausedCollection: { behavior: keyof typeof PAUSED_COLLECTION; resumesAt: string | null } | null;
  /** On a test clock every time here is that clock's. */
  testClockId: string | null;
  startedAt: string | null;
  createdAt: string | null;
  metadata: Record<string, string>;
};

/** A price, or the plan that stood in its place before 2020. */
const Price = z.object({
  id: Text,
  product: IdOf.nullish(),
  currency: Currency,
  unit_amount: z.int().nullish(),
  unit_amount_decimal: DecimalText.nullish(),
  amount: z.int().nullish(),
  amount_decimal: DecimalText.nullish(),
  interval: z.string().nullish(),
  interval_count: z.int().nullish(),
  usage_type: z.string().nullish(),
  recurring: z.object({ interval: z.string(), interval_count: z.int(), usage_type: z.string().nullish() }).nullish(),
});
type Price = z.output<typeof Price>;

const Item = z.object({
  id: Text,
  price: Price.nullish(),
  plan: Price.nullish(),
  quantity: z.number().nullish(),
  current_period_start: Time.nullish(),
  current_period_end: Time.nullish(),
});

/** Every shape that any API version gave it: absent, null and moved fields included. */
const Subscription = z.object({
  object: z.literal('subscription'),
  id: Text,
  customer: IdOf,
  status: z.string(),
  currency: Currency.nullish(),
  items: z.object({ data: z.array(Item) }).nullish(),
  plan: Price.nullish(),
  quantity: z.number().nullish(),
  // On the subscription until 2025-03-31.basil, on its items since.
  current_period_start: Time.nullish(),
  current_period_end: Time.nullish(),
  trial_start: Time.nullish(),
  trial_end: Time.nullish(),
  cancel_at: Time.nullish(),
  cancel_at_period_end: z.boolean().nullish(),
  canceled_at: Time.nullish(),
  ended_at: Time.nullish(),
  cancellation_details: z.object({ reason: z.string().nullish() }).nullish(),
  collection_method: z.string().nullish(),
  /** The name of `collection_method` until 2019-10-17. */
  billing: z.string().nullish(),
  pause_collection: z.object({ behavior: z.string(), resumes_at: Time.nullish() }).nullish(),
  test_clock: IdOf.nullish(),
  start_date: Time.nullish(),
  /** The name of `start_date` until 2019-10-17. */
  start: Time.nullish(),
  created: Time.nullish(),
  metadata: OwnMetadata.nullish(),
});
type Subscription = z.output<typeof Subscription>;

/**
 * One Stripe subscription in our words, the same for every API version.
 * Throws UnreadableStripeObject or UnknownStripeValue.
 */
export function fromStripeSubscription(object: unknown): NormalisedSubscription {
  const subscription = readStripeObject('subscription', Subscription, object);
  const items = itemsOf(subscription);
  const first = items.filter((item) => item.currentPeriodEndAt !== null).sort(byPeriodEnd)[0];
  const { pause_collection: paused, cancellation_details: cancellation } = subscription;
  return {
    subscriptionId: subscription.id,
    customerId: subscription.customer,
    status: wordFor(STATUS, 'subscription.status', subscription.status),
    currency: subscription.currency ?? items[0]?.currency ?? null,
    items,
    currentPeriodStartAt: subscription.current_period_start ?? first?.currentPeriodStartAt ?? null,
    currentPeriodEndAt: subscription.current_period_end ?? first?.currentPeriodEndAt ?? null,
    trialStartAt: subscription.trial_start ?? null,
    trialEndAt: subscription.trial_end ?? null,
    cancelAt: subscription.cancel_at ?? null,
    isCancelAtPeriodEnd: subscription.cancel_at_period_end ?? false,
    canceledAt: subscription.canceled_at ?? null,
    endedAt: subscription.ended_at ?? null,
    cancelReason: cancellation?.reason ? (CANCEL_REASON.get(cancellation.reason) ?? 'other') : null,
    // The first versions knew no other way than charging.
    collectionMethod: wordFor(
      COLLECTION,
      'subscription.collection_method',
      subscription.collection_method ?? subscription.billing ?? 'charge_automatically',
    ),
    pausedCollection: paused
      ? {
          behavior: wordFor(PAUSED_COLLECTION, 'subscription.pause_collection.behavior', paused.behavior),
          resumesAt: paused.resumes_at ?? null,
        }
      : null,
    testClockId: subscription.test_clock ?? null,
    startedAt: subscription.start_date ?? subscription.start ?? null,
    createdAt: subscription.created ?? null,
    metadata: subscription.metadata ?? {},
  };
}

const Items = z.object({
  items: z.object({ data: z.array(z.unknown()), has_more: z.boolean().nullish(), total_count: z.int().nullish() }).nullish(),
});

/** Whether all items are in the object: Stripe embeds ten of up to twenty, in events and answers alike. */
export function isWholeStripeSubscription(object: unknown): boolean {
  const { items } = readStripeObject('subscription', Items, object);
  return !items || (items.has_more !== true && (items.total_count ?? 0) <= items.data.length);
}

function itemsOf(subscription: Subscription): NormalisedSubscriptionItem[] {
  const { items, plan, quantity } = subscription;
  const lines = items ? items.data : plan ? [{ id: null, plan, price: null, quantity }] : [];
  return lines.map((line) => itemOf(line, subscription)).sort((left, right) => compared(left.itemId ?? '', right.itemId ?? ''));
}

type Line = Omit<z.output<typeof Item>, 'id'> & { id: string | null };

function itemOf(line: Line, subscription: Subscription): NormalisedSubscriptionItem {
  const price = line.price ?? line.plan;
  if (!price) throw new UnreadableStripeObject('subscription', ['items.data.price']);

  const interval = price.recurring?.interval ?? price.interval;
  const usage = price.recurring?.usage_type ?? price.usage_type;
  const whole = price.unit_amount ?? price.amount;
  return {
    itemId: line.id,
    priceId: price.id,
    productId: price.product ?? null,
    quantity: line.quantity ?? null,
    currency: price.currency,
    unitAmountDecimal: price.unit_amount_decimal ?? price.amount_decimal ?? (whole === null || whole === undefined ? null : String(whole)),
    interval: interval ? wordFor(INTERVAL, 'price.recurring.interval', interval) : null,
    intervalCount: price.recurring?.interval_count ?? price.interval_count ?? null,
    usageType: usage ? wordFor(USAGE, 'price.recurring.usage_type', usage) : null,
    currentPeriodStartAt: line.current_period_start ?? subscription.current_period_start ?? null,
    currentPeriodEndAt: line.current_period_end ?? subscription.current_period_end ?? null,
  };
}

function byPeriodEnd(left: NormalisedSubscriptionItem, right: NormalisedSubscriptionItem): number {
  return compared(left.currentPeriodEndAt ?? '', right.currentPeriodEndAt ?? '');
}

function compared(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
