import { type Answer } from '../route.js';
import {
  boolean,
  anything,
  clearable,
  type Fields,
  integer,
  mergedMetadata,
  metadata,
  oneOf,
  type ReadOf,
  required,
  text,
} from '../parameters.js';
import { customerOf } from '../resources/customers.js';
import { existingSubscription } from '../resources/subscriptions.js';
import { timeOf } from '../resources/test-clocks.js';
import { unchanged, updated } from '../change.js';
import type { State } from '../state.js';
import { invalidRequest, missingObject } from '../stripe-error.js';
import { HOUR } from './calendar.js';
import { collect, finalizeInvoice, payOutOfBand } from './collecting.js';
import { cardError } from './decline-error.js';
import type { Invoice } from './invoice.js';
import { draftInvoice, waitingItems } from './invoicing.js';
import { Transition } from './transition.js';

/** What requests may do to one invoice, before time or a card has a say. */

export function existingInvoice(state: State, id: string | undefined): Invoice {
  const invoice = state.find('invoice', id ?? '');
  if (invoice === undefined) throw missingObject('invoice', id ?? '', 'invoice');
  return invoice;
}

export const createFields = {
  customer: required(text()),
  auto_advance: boolean(),
  collection_method: oneOf('charge_automatically', 'send_invoice'),
  currency: text({ max: 3 }),
  days_until_due: integer({ min: 0 }),
  default_payment_method: text(),
  description: text(),
  metadata: metadata(),
  pending_invoice_items_behavior: oneOf('exclude', 'include'),
  subscription: text(),
  automatic_tax: anything(),
  footer: anything(),
  payment_settings: anything(),
} satisfies Fields;

export const updateFields = {
  auto_advance: boolean(),
  days_until_due: integer({ min: 0 }),
  default_payment_method: clearable(text()),
  description: clearable(text()),
  metadata: metadata(),
  footer: anything(),
} satisfies Fields;

export const payFields = {
  forgive: boolean(),
  mandate: anything(),
  off_session: boolean(),
  paid_out_of_band: boolean(),
  payment_method: text(),
  source: text(),
} satisfies Fields;

export function createdInvoice(state: State, sent: ReadOf<typeof createFields>, now: number): Answer {
  const customer = customerOf(state, sent.customer);
  const subscription = sent.subscription === undefined ? null : existingSubscription(state, sent.subscription);
  const at = timeOf(state, customer.test_clock, now);
  const t = new Transition(state, at, false);
  const collectionMethod = sent.collection_method ?? 'charge_automatically';
  const waiting = sent.pending_invoice_items_behavior === 'include' || subscription !== null;
  const items = waiting ? waitingItems(state, customer.id, subscription?.id ?? null) : [];
  const invoice = draftInvoice(t, {
    customer,
    subscription,
    reason: subscription === null ? 'manual' : 'subscription_update',
    currency: sent.currency?.toLowerCase() ?? items[0]?.currency ?? customer.currency ?? state.settings.defaultCurrency,
    collectionMethod,
    daysUntilDue: collectionMethod === 'send_invoice' ? (sent.days_until_due ?? 30) : null,
    period: { start: at, end: at },
    autoAdvance: sent.auto_advance ?? false,
    finalizesAt: sent.auto_advance === true ? at + HOUR : null,
    metadata: mergedMetadata({}, sent.metadata),
    description: sent.description ?? null,
    defaultPaymentMethod: sent.default_payment_method ?? null,
    lines: () => [],
    waiting: items,
  });
  const change = t.end();
  return { ...change, body: existingInvoice(change.state, invoice.id) };
}

export function changedInvoice(state: State, id: string | undefined, sent: ReadOf<typeof updateFields>, now: number): Answer {
  const before = existingInvoice(state, id);
  const at = timeOf(state, before.test_clock, now);
  const advances = sent.auto_advance ?? before.auto_advance;
  const after: Invoice = {
    ...before,
    auto_advance: advances,
    automatically_finalizes_at: before.status === 'draft' && advances ? (before.automatically_finalizes_at ?? at + HOUR) : null,
    default_payment_method: sent.default_payment_method === undefined ? before.default_payment_method : sent.default_payment_method,
    description: sent.description === undefined ? before.description : sent.description,
    metadata: mergedMetadata(before.metadata, sent.metadata),
    next_payment_attempt: advances ? before.next_payment_attempt : null,
  };
  return { ...updated(unchanged(state), after, { type: 'invoice.updated', at }), body: after };
}

/** POST …/finalize: what finalizes itself later is charged within the hour, too. */
export function finalizeNow(t: Transition, invoice: Invoice, autoAdvance: boolean | undefined): void {
  if (invoice.status !== 'draft') {
    throw invalidRequest('This invoice is already finalized, you cannot re-finalize a non-draft invoice.', {
      code: 'invoice_not_editable',
    });
  }
  const open = finalizeInvoice(t, invoice, autoAdvance ?? invoice.auto_advance);
  if (open.status !== 'open' || !open.auto_advance || open.collection_method !== 'charge_automatically') return;
  t.update('invoice.updated', { ...open, next_payment_attempt: t.at + HOUR });
}

/** POST …/pay: asks the customer's card now, or the one named; a decline is a 402 that leaves its traces (H9). */
export function payNow(t: Transition, invoice: Invoice, sent: ReadOf<typeof payFields>): void {
  if (invoice.status === 'paid') throw invalidRequest('Invoice is already paid');
  if (invoice.status === 'void') throw invalidRequest('You cannot pay an invoice that is void.');
  const named = sent.payment_method;
  if (named !== undefined && t.find('payment_method', named)?.customer !== invoice.customer) {
    throw invalidRequest(
      `The customer does not have a payment method with the ID ${named}. The payment method must be attached to the customer.`,
      { code: 'resource_missing', param: 'payment_method' },
    );
  }
  const open = invoice.status === 'draft' ? finalizeInvoice(t, invoice) : invoice;
  if (open.status === 'paid') return;
  if (sent.paid_out_of_band === true) {
    payOutOfBand(t, open);
    return;
  }
  const { attempt } = collect(t, open, { paymentMethod: named, offSession: sent.off_session ?? true });
  if (attempt.kind !== 'paid') throw cardError(t.state, attempt, t.end());
}
