import { invalidRequest } from '../stripe-error.js';
import { changedItem, checkItems, hasSameRhythm, newItem, priceOfItem } from './items.js';
import { periodFrom } from './renewal.js';
import { lastPeriodEndOf, periodEndOf, type Subscription, type SubscriptionItem, withItems } from './subscription.js';
import type { SentChangedItem, SentUpdate } from './subscription-fields.js';
import type { Transition } from './transition.js';
import { creditRest, debitRest } from './waiting.js';

/** What a change of items comes to (section L): the items as they will be, and what is to be paid for it now. */
export interface Placement {
  readonly subscription: Subscription;
  /** An invoice is made now: the change says so, or begins a new period. */
  readonly billsNow: boolean;
  /** Items whose whole period goes on that invoice. */
  readonly billed: readonly SubscriptionItem[];
}

/** Puts the sent items in place and lets wait what they give back and cost (L2, L3). */
export function placeItems(t: Transition, subscription: Subscription, sent: SentUpdate): Placement {
  const before = subscription.items.data;
  const wished = sent.items === undefined ? before : wishedItems(t, subscription, sent.items);
  checkItems(wished);
  const touched = wished.filter((item) => !before.includes(item));
  const gone = before.filter((item) => !wished.some(({ id }) => id === item.id));
  const untouched: Placement = { subscription: withItems(subscription, wished), billsNow: false, billed: [] };
  if (subscription.status === 'trialing' || subscription.status === 'paused') {
    return {
      ...untouched,
      subscription: withItems(
        subscription,
        wished.map((item) => during(item, subscription)),
      ),
    };
  }

  const behavior = sent.proration_behavior ?? 'create_prorations';
  const at = sent.proration_date ?? t.at;
  if (restartsPeriod(before, wished, sent)) {
    if (behavior !== 'none') for (const item of before) creditRest(t, subscription, item, at);
    const items = wished.map((item) => periodFrom(item, t.at, t.at));
    const moved: Subscription = { ...withItems(subscription, items), billing_cycle_anchor: t.at };
    const cancel_at = moved.cancel_at_period_end ? lastPeriodEndOf(moved) : moved.cancel_at;
    return { subscription: { ...moved, cancel_at }, billsNow: true, billed: items };
  }
  if (touched.length === 0 && gone.length === 0) return untouched;
  const items = wished.map((item) => during(item, subscription));
  if (behavior !== 'none') {
    for (const item of before) {
      const after = items.find(({ id }) => id === item.id);
      if (after !== undefined && costsTheSame(item, after)) continue;
      creditRest(t, subscription, item, at);
      if (after !== undefined) debitRest(t, subscription, after, at);
    }
    for (const item of items) if (!before.some(({ id }) => id === item.id)) debitRest(t, subscription, item, at);
  }
  return { subscription: withItems(subscription, items), billsNow: behavior === 'always_invoice', billed: [] };
}

function wishedItems(t: Transition, subscription: Subscription, sent: readonly SentChangedItem[]): readonly SubscriptionItem[] {
  let items = subscription.items.data;
  for (const [index, change] of sent.entries()) {
    const param = `items[${index}]`;
    const price = priceOfItem(t, change, param);
    if (change.id === undefined) {
      if (price === undefined) {
        throw invalidRequest(`Missing required param: ${param}[price].`, { code: 'parameter_missing', param: `${param}[price]` });
      }
      items = [...items, newItem(t, subscription.id, change, price, param)];
      continue;
    }
    const known = items.find(({ id }) => id === change.id);
    if (known === undefined) {
      throw invalidRequest(`No such subscription item: '${change.id}'`, { code: 'resource_missing', param: `${param}[id]` });
    }
    items =
      change.deleted === true
        ? items.filter((item) => item !== known)
        : items.map((item) => (item === known ? changedItem(item, change, price ?? item.price, param) : item));
  }
  if (items.length === 0) throw invalidRequest('A subscription must have at least one active plan.', { param: 'items' });
  return items;
}

/** A new rhythm, or a wish, begins a new period now (L3, K20). */
function restartsPeriod(before: readonly SubscriptionItem[], wished: readonly SubscriptionItem[], sent: SentUpdate): boolean {
  if (sent.billing_cycle_anchor === 'now') return true;
  return wished.some((item) => {
    const old = before.find(({ id }) => id === item.id) ?? before[0];
    return old !== undefined && !hasSameRhythm(old.price, item.price);
  });
}

/** A new item joins the period that runs; the others have it already. */
function during(item: SubscriptionItem, subscription: Subscription): SubscriptionItem {
  if (item.current_period_end > item.current_period_start) return item;
  const [first] = subscription.items.data;
  return {
    ...item,
    current_period_end: periodEndOf(subscription),
    current_period_start: first?.current_period_start ?? item.current_period_start,
  };
}

const costsTheSame = (one: SubscriptionItem, other: SubscriptionItem): boolean =>
  one.price.id === other.price.id && one.quantity === other.quantity;
