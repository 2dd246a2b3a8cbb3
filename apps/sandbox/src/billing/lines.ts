import type { Price } from '../resources/price.js';
import type { State } from '../state.js';
import { dayText } from './calendar.js';
import type { InvoiceItem, InvoiceLine, Period } from './invoice.js';
import { amountText } from './money.js';
import { amountOf } from './pricing.js';
import { isMetered, type SubscriptionItem } from './subscription.js';

/** What stands on an invoice. A line is made for an invoice whose id is known already, since it names it. */

/** A period of an item, paid in advance: `1 user × Test Subscription (at $25.00 / month)`. */
export function periodLine(
  state: State,
  invoice: string,
  item: SubscriptionItem,
  period: Period,
  amount = amountOfItem(state, item),
): InvoiceLine {
  const { price } = item;
  const rate = price.unit_amount === null ? '' : ` (at ${amountText(price.unit_amount, price.currency)} ${rhythmText(price)})`;
  return itemLine(state, invoice, item, {
    amount,
    period,
    description: `${countText(state, item)} × ${productName(state, price)}${rate}`,
    unitAmount: price.unit_amount_decimal,
  });
}

/** Nothing to pay while the trial lasts (K10). */
export function trialLine(state: State, invoice: string, item: SubscriptionItem, period: Period): InvoiceLine {
  const name = productName(state, item.price);
  const label = unitLabel(state, item);
  const description = label !== null ? `Free trial for ${item.quantity ?? 0} ${label} × ${name}` : `Trial period for ${name}`;
  return itemLine(state, invoice, item, { amount: 0, period, description, unitAmount: '0' });
}

/** A waiting item, as the line it becomes when an invoice takes it up. */
export function lineOfWaiting(state: State, invoice: string, waiting: InvoiceItem): InvoiceLine {
  const from = waiting.parent?.subscription_details ?? null;
  const details = {
    invoice_item: waiting.id,
    proration: waiting.proration,
    proration_details: waiting.proration_details ?? { credited_items: null },
    subscription: from?.subscription ?? null,
  };
  const ofItem = from !== null && from.subscription_item !== null;
  return {
    ...emptyLine(state, invoice, waiting.currency),
    amount: waiting.amount,
    description: waiting.description,
    discountable: !waiting.proration,
    metadata: waiting.metadata,
    parent: {
      invoice_item_details: ofItem ? null : details,
      subscription_item_details: ofItem ? { ...details, subscription_item: from.subscription_item } : null,
      type: ofItem ? 'subscription_item_details' : 'invoice_item_details',
    },
    period: waiting.period,
    pricing: waiting.pricing,
    quantity: waiting.quantity,
    quantity_decimal: String(waiting.quantity),
    subscription: from?.subscription ?? null,
    subtotal: waiting.amount,
  };
}

/** Which way a change of an item's price goes into the invoice. */
export function prorationText(state: State, item: SubscriptionItem, side: 'Unused' | 'Remaining', at: number): string {
  const count = item.quantity === undefined || item.quantity === 1 ? '' : `${item.quantity} × `;
  return `${side} time on ${count}${productName(state, item.price)} after ${dayText(at)}`;
}

export function productName(state: State, price: Price): string {
  return state.find('product', price.product)?.name ?? price.nickname ?? price.product;
}

/** What a full period of the item costs. Metered items cost what was used, and nothing was used here yet. */
export function amountOfItem(state: State, item: SubscriptionItem): number {
  return isMetered(item.price) ? 0 : amountOf(state, item.price, item.quantity ?? 1);
}

interface ItemLine {
  readonly amount: number;
  readonly period: Period;
  readonly description: string;
  readonly unitAmount: string | null;
}

function itemLine(
  state: State,
  invoice: string,
  item: SubscriptionItem,
  { amount, period, description, unitAmount }: ItemLine,
): InvoiceLine {
  const { price } = item;
  return {
    ...emptyLine(state, invoice, price.currency),
    amount,
    description,
    parent: {
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: null,
        proration: false,
        proration_details: { credited_items: null },
        subscription: item.subscription,
        subscription_item: item.id,
      },
      type: 'subscription_item_details',
    },
    period,
    pricing: { price_details: { price: price.id, product: price.product }, type: 'price_details', unit_amount_decimal: unitAmount },
    quantity: item.quantity ?? 0,
    quantity_decimal: String(item.quantity ?? 0),
    subscription: item.subscription,
    subtotal: amount,
  };
}

function emptyLine(state: State, invoice: string, currency: string): InvoiceLine {
  return {
    id: state.newId('il'),
    object: 'line_item',
    amount: 0,
    currency,
    description: null,
    discount_amounts: [],
    discountable: true,
    discounts: [],
    invoice,
    livemode: false,
    metadata: {},
    parent: null,
    period: { start: 0, end: 0 },
    pretax_credit_amounts: [],
    pricing: null,
    quantity: null,
    quantity_decimal: null,
    subscription: null,
    subtotal: 0,
    taxes: [],
  };
}

function countText(state: State, item: SubscriptionItem): string {
  const label = unitLabel(state, item);
  return label !== null ? `${item.quantity ?? 0} ${label}` : String(item.quantity ?? 0);
}

/** What a product calls one of it: `user`. */
function unitLabel(state: State, item: SubscriptionItem): string | null {
  const label = state.find('product', item.price.product)?.unit_label;
  return typeof label === 'string' ? label : null;
}

function rhythmText(price: Price): string {
  const { interval, interval_count } = price.recurring ?? { interval: 'month', interval_count: 1 };
  return interval_count === 1 ? `/ ${interval}` : `every ${interval_count} ${interval}s`;
}
