import type { Invoice, InvoiceItem } from '../billing/invoice.js';
import { withTotals } from '../billing/invoicing.js';
import { lineOfWaiting } from '../billing/lines.js';
import { existingInvoice } from '../billing/invoice-requests.js';
import { amountOf } from '../billing/pricing.js';
import { Transition } from '../billing/transition.js';
import { newInvoiceItem } from '../billing/waiting.js';
import { removed, unchanged } from '../change.js';
import { agrees, isWithin, timeRange } from '../filters.js';
import { anything, boolean, type Fields, hash, integer, mergedMetadata, metadata, type ReadOf, required, text } from '../parameters.js';
import { type Answer, listed, type Resource, retrieval, route } from '../route.js';
import type { State } from '../state.js';
import { invalidRequest, missingObject, missingReference } from '../stripe-error.js';
import { customerOf } from './customers.js';
import { existingSubscription, isOnClock } from './subscriptions.js';
import { timeOf } from './test-clocks.js';

const KIND = 'invoiceitem';
const PATH = '/v1/invoiceitems';
const PERMISSION = 'invoice';

const createFields = {
  customer: required(text()),
  amount: integer(),
  currency: text({ max: 3 }),
  description: text(),
  invoice: text(),
  metadata: metadata(),
  pricing: hash({ price: text() }),
  quantity: integer({ min: 0 }),
  subscription: text(),
  unit_amount_decimal: text(),
  discountable: boolean(),
  discounts: anything(),
  period: anything(),
  price_data: anything(),
} satisfies Fields;

function existing(state: State, id: string | undefined): InvoiceItem {
  const item = state.find(KIND, id ?? '');
  if (item === undefined) throw missingObject('invoiceitem', id ?? '');
  return item;
}

/** Waits for the customer's next invoice, or goes on the draft that is named. */
function created(state: State, sent: ReadOf<typeof createFields>, now: number): Answer {
  const customer = customerOf(state, sent.customer);
  const invoice = sent.invoice === undefined ? undefined : existingInvoice(state, sent.invoice);
  if (invoice !== undefined && invoice.status !== 'draft') {
    throw invalidRequest('The specified invoice can no longer be edited.', { code: 'invoice_not_editable', param: 'invoice' });
  }
  const subscription = sent.subscription === undefined ? undefined : existingSubscription(state, sent.subscription);
  const named = sent.pricing?.price;
  const price = named === undefined ? undefined : state.find('price', named);
  if (named !== undefined && price === undefined) throw missingReference('price', named, 'pricing[price]');
  const quantity = sent.quantity ?? 1;
  const amount = price === undefined ? sent.amount : amountOf(state, price, quantity);
  if (amount === undefined) throw invalidRequest('Missing required param: amount.', { code: 'parameter_missing', param: 'amount' });

  const t = new Transition(state, timeOf(state, customer.test_clock, now), false);
  const item = newInvoiceItem(
    t.state,
    {
      amount,
      currency: (
        price?.currency ??
        sent.currency ??
        invoice?.currency ??
        customer.currency ??
        state.settings.defaultCurrency
      ).toLowerCase(),
      customer: customer.id,
      description: sent.description ?? null,
      invoice: invoice?.id ?? null,
      metadata: mergedMetadata({}, sent.metadata),
      parent:
        subscription === undefined
          ? null
          : { subscription_details: { subscription: subscription.id, subscription_item: null }, type: 'subscription_details' },
      period: { start: t.at, end: t.at },
      price: price === undefined ? null : { price: price.id, product: price.product },
      quantity,
      unitAmount: price?.unit_amount_decimal ?? String(amount),
      testClock: customer.test_clock,
    },
    t.at,
  );
  t.make('invoiceitem.created', item);
  if (invoice !== undefined) t.update<Invoice>('invoice.updated', withLine(t, invoice, item, customer.balance));
  return { ...t.end(), body: item };
}

function withLine(t: Transition, invoice: Invoice, item: InvoiceItem, balance: number): Invoice {
  return withTotals(invoice, [...invoice.lines.data, lineOfWaiting(t.state, invoice.id, item)], balance);
}

export const invoiceItems: Resource = {
  kind: KIND,
  expands: { customer: 'customer', invoice: 'invoice', test_clock: 'test_helpers.test_clock' },
  routes: [
    route({
      method: 'POST',
      path: PATH,
      permission: PERMISSION,
      parameters: createFields,
      run: (state, { parameters, now }) => created(state, parameters, now),
    }),
    route({
      method: 'GET',
      path: PATH,
      permission: PERMISSION,
      lists: true,
      parameters: { created: timeRange(), customer: text(), invoice: text(), pending: boolean() },
      run(state, { parameters: sent }) {
        const all = state
          .list(KIND)
          .filter(
            (one) =>
              isOnClock(one, undefined, sent.customer !== undefined || sent.invoice !== undefined) &&
              agrees(one, { customer: sent.customer, invoice: sent.invoice }) &&
              (sent.pending === undefined || (one.invoice === null) === sent.pending) &&
              isWithin(one.date, sent.created),
          );
        return listed(state, all, PATH, KIND);
      },
    }),
    retrieval(PATH, PERMISSION, existing),
    route({
      method: 'DELETE',
      path: `${PATH}/:id`,
      permission: PERMISSION,
      parameters: {},
      run(state, { path, now }): Answer {
        const item = existing(state, path.id);
        if (item.invoice !== null) {
          throw invalidRequest('This invoice item is on an invoice already, and cannot be deleted.', { code: 'invoice_not_editable' });
        }
        const at = timeOf(state, item.test_clock, now);
        const change = removed(unchanged(state), KIND, item.id, { type: 'invoiceitem.deleted', at });
        return { ...change, body: { id: item.id, object: KIND, deleted: true } };
      },
    }),
  ],
};

/** Lines have no routes of their own: they are named here for what `expand` finds inside them. */
export const invoiceLines: Resource = {
  kind: 'line_item',
  expands: { 'pricing.price_details.price': 'price', 'pricing.price_details.product': 'product', subscription: 'subscription' },
  routes: [],
};
