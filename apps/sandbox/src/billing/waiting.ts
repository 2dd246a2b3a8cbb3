import type { State } from '../state.js';
import { share } from './money.js';
import type { InvoiceItem, InvoiceItemParent, Period } from './invoice.js';
import { amountOfItem, prorationText } from './lines.js';
import { isMetered, type Metadata, type Subscription, type SubscriptionItem } from './subscription.js';
import type { Transition } from './transition.js';

/** Items that wait for the next invoice: what a change in the middle of a period gives back and costs. */

interface WaitingDraft {
  readonly amount: number;
  readonly currency: string;
  readonly customer: string;
  readonly description: string | null;
  readonly invoice: string | null;
  readonly metadata?: Metadata;
  readonly parent: InvoiceItemParent | null;
  readonly period: Period;
  readonly price: { readonly price?: string; readonly product: string } | null;
  readonly prorationDetails?: unknown;
  readonly quantity: number;
  readonly unitAmount: string | null;
  readonly testClock: string | null;
}

export function newInvoiceItem(state: State, draft: WaitingDraft, at: number): InvoiceItem {
  return {
    id: state.newId('ii'),
    object: 'invoiceitem',
    amount: draft.amount,
    currency: draft.currency,
    customer: draft.customer,
    customer_account: null,
    date: at,
    description: draft.description,
    discountable: draft.prorationDetails === undefined,
    discounts: [],
    invoice: draft.invoice,
    livemode: false,
    metadata: draft.metadata ?? {},
    parent: draft.parent,
    period: draft.period,
    pricing: draft.price === null ? null : { price_details: draft.price, type: 'price_details', unit_amount_decimal: draft.unitAmount },
    proration: draft.prorationDetails !== undefined,
    ...(draft.prorationDetails === undefined ? {} : { proration_details: draft.prorationDetails }),
    quantity: draft.quantity,
    quantity_decimal: String(draft.quantity),
    tax_rates: [],
    test_clock: draft.testClock,
  };
}

/** Gives back what was paid for the rest of the item's period (L1). Metered items are paid after use: nothing to give back (L4). */
export function creditRest(t: Transition, subscription: Subscription, item: SubscriptionItem, at: number): void {
  if (isMetered(item.price)) return;
  makeProration(t, subscription, item, 'Unused', at, -restOf(t.state, item, at), creditedItems(t, subscription, item));
}

/** What the item costs for the rest of its period. */
export function debitRest(t: Transition, subscription: Subscription, item: SubscriptionItem, at: number): void {
  if (isMetered(item.price)) return;
  makeProration(t, subscription, item, 'Remaining', at, restOf(t.state, item, at), null);
}

/** Per second of the period, rounded half up (L1). */
export function restOf(state: State, item: SubscriptionItem, at: number): number {
  const { current_period_start: start, current_period_end: end } = item;
  return share(amountOfItem(state, item), Math.max(0, end - Math.max(at, start)), end - start);
}

function makeProration(
  t: Transition,
  subscription: Subscription,
  item: SubscriptionItem,
  side: 'Unused' | 'Remaining',
  at: number,
  amount: number,
  credited: unknown,
): void {
  const made = newInvoiceItem(
    t.state,
    {
      amount: amount + 0,
      currency: subscription.currency,
      customer: subscription.customer,
      description: prorationText(t.state, item, side, at),
      invoice: null,
      parent: { subscription_details: { subscription: subscription.id, subscription_item: item.id }, type: 'subscription_details' },
      period: { start: at, end: item.current_period_end },
      price: { price: item.price.id, product: item.price.product },
      prorationDetails: { credited_items: credited },
      quantity: item.quantity ?? 0,
      unitAmount: null,
      testClock: subscription.test_clock,
    },
    t.at,
  );
  t.make('invoiceitem.created', made);
}

/** The line that was paid and is given back in part: `proration_details.credited_items` points at it (L3). */
function creditedItems(t: Transition, subscription: Subscription, item: SubscriptionItem): unknown {
  const invoice = t.find('invoice', subscription.latest_invoice);
  const lines = invoice?.lines.data.filter((line) => line.amount > 0 && itemIdOf(line.parent) === item.id) ?? [];
  return invoice === undefined || lines.length === 0 ? null : { invoice: invoice.id, invoice_line_items: lines.map(({ id }) => id) };
}

/** A line's `parent` is kept as it is shown; only this looks into it. */
function itemIdOf(parent: unknown): unknown {
  const details = fieldOf(parent, 'subscription_item_details');
  return fieldOf(details, 'subscription_item');
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;
}
