import { mergedMetadata } from '../parameters.js';
import { inlinePrice, type Price } from '../resources/price.js';
import { invalidRequest, missingReference } from '../stripe-error.js';
import { isMetered, planOf, recurrenceOf, type SubscriptionItem } from './subscription.js';
import type { SentItem } from './subscription-fields.js';
import type { Transition } from './transition.js';

/** K18. */
export const MOST_ITEMS = 20;

/** The price an item names or describes. `param` is the item's path: `items[0]`. */
export function priceOfItem(t: Transition, sent: SentItem, param: string): Price | undefined {
  if (sent.price_data !== undefined) {
    if (t.state.find('product', sent.price_data.product) === undefined) {
      throw missingReference('product', sent.price_data.product, `${param}[price_data][product]`);
    }
    const { change, price } = inlinePrice(t.state, sent.price_data.product, sent.price_data, t.at);
    t.state = change.state;
    for (const event of change.events) t.tell(event.type, event.object);
    return price;
  }
  const id = sent.price ?? sent.plan;
  if (id === undefined) return undefined;
  const price = t.state.find('price', id);
  if (price === undefined) {
    throw sent.price === undefined ? missingReference('plan', id, 'plan') : missingReference('price', id, `${param}[price]`);
  }
  if (!price.active)
    throw invalidRequest('The price specified is inactive. This field only accepts active prices.', { param: `${param}[price]` });
  if (price.recurring === null) {
    throw invalidRequest(`The price specified is set to \`type=one_time\` but this field only accepts prices with \`type=recurring\`.`, {
      param: `${param}[price]`,
    });
  }
  return price;
}

/** A new item, its period still to be set. */
export function newItem(t: Transition, subscription: string, sent: SentItem, price: Price, param: string): SubscriptionItem {
  const shown = withoutTiers(price);
  return {
    id: t.state.newId('si', 14),
    object: 'subscription_item',
    billing_thresholds: null,
    created: t.at,
    current_period_end: t.at,
    current_period_start: t.at,
    current_trial: null,
    discounts: [],
    metadata: mergedMetadata({}, sent.metadata),
    plan: planOf(shown),
    price: shown,
    ...quantityOf(price, sent.quantity, 1, param),
    subscription,
    tax_rates: [],
  };
}

/** The same item with another price, quantity or metadata. */
export function changedItem(item: SubscriptionItem, sent: SentItem, price: Price, param: string): SubscriptionItem {
  const shown = withoutTiers(price);
  const { quantity: before, ...rest } = item;
  // Rest of a type with an index loses its named fields: everything but the quantity is still there.
  const kept = rest as SubscriptionItem;
  return {
    ...kept,
    metadata: mergedMetadata(item.metadata, sent.metadata),
    plan: planOf(shown),
    price: shown,
    ...quantityOf(price, sent.quantity, before ?? 1, param),
  };
}

/** Two items of one price cannot be told apart (K18), and one subscription has one currency. */
export function checkItems(items: readonly SubscriptionItem[]): void {
  if (items.length > MOST_ITEMS) {
    throw invalidRequest(`Subscriptions can only have up to ${MOST_ITEMS} items.`, { param: 'items' });
  }
  const [first] = items;
  for (const [index, item] of items.entries()) {
    if (items.findIndex((one) => one.price.id === item.price.id) !== index) {
      throw invalidRequest(`Cannot add multiple subscription items with the same plan: ${item.price.id}`, {
        param: `items[${index}][price]`,
      });
    }
    if (first !== undefined && item.price.currency !== first.price.currency) {
      throw invalidRequest('The price specified only supports one currency, and all items of a subscription must have the same.', {
        param: `items[${index}][price]`,
      });
    }
  }
}

export function hasSameRhythm(one: Price, other: Price): boolean {
  const [a, b] = [recurrenceOf(one), recurrenceOf(other)];
  return a.interval === b.interval && a.interval_count === b.interval_count;
}

function quantityOf(price: Price, sent: number | undefined, before: number, param: string): { readonly quantity?: number } {
  if (!isMetered(price)) return { quantity: sent ?? before };
  if (sent === undefined) return {};
  throw invalidRequest('You cannot set the quantity of a metered price.', { param: `${param}[quantity]` });
}

function withoutTiers(price: Price): Price {
  const { tiers: _tiers, ...shown } = price;
  // As above: only the tiers are gone, and they may be.
  return shown as Price;
}
