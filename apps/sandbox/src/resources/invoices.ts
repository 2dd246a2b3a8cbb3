import { finalizeInvoice, markUncollectible, voidInvoice } from '../billing/collecting.js';
import { type Invoice, subscriptionIdOf } from '../billing/invoice.js';
import {
  changedInvoice,
  createdInvoice,
  createFields,
  existingInvoice,
  finalizeNow,
  payFields,
  payNow,
  updateFields,
} from '../billing/invoice-requests.js';
import { Transition } from '../billing/transition.js';
import { removed, unchanged } from '../change.js';
import { agrees, isWithin, timeRange } from '../filters.js';
import { boolean, type Fields, oneOf, text } from '../parameters.js';
import { type Answer, listed, type Resource, retrieval, route } from '../route.js';
import type { State } from '../state.js';
import { invalidRequest } from '../stripe-error.js';
import { isOnClock } from './subscriptions.js';
import { timeOf } from './test-clocks.js';

const KIND = 'invoice';
const PATH = '/v1/invoices';

const listFields = {
  collection_method: oneOf('charge_automatically', 'send_invoice'),
  created: timeRange(),
  customer: text(),
  due_date: timeRange(),
  status: oneOf('draft', 'open', 'paid', 'uncollectible', 'void'),
  subscription: text(),
} satisfies Fields;

/** Runs a change of one invoice at its own time. */
function acting(state: State, id: string | undefined, now: number, act: (t: Transition, invoice: Invoice) => void): Answer {
  const invoice = existingInvoice(state, id);
  const t = new Transition(state, timeOf(state, invoice.test_clock, now), false);
  act(t, invoice);
  const change = t.end();
  return { ...change, body: existingInvoice(change.state, id) };
}

function mustBeOpen(invoice: Invoice): void {
  if (invoice.status === 'open' || invoice.status === 'uncollectible') return;
  throw invalidRequest(`You can only pass in open invoices. This invoice is ${invoice.status === 'draft' ? 'a draft' : invoice.status}.`, {
    param: 'invoice',
  });
}

export const invoices: Resource = {
  kind: KIND,
  expands: {
    customer: 'customer',
    default_payment_method: 'payment_method',
    'parent.subscription_details.subscription': 'subscription',
    test_clock: 'test_helpers.test_clock',
  },
  includes: {
    payments: (state, invoice) => ({
      object: 'list',
      data: state.list('invoice_payment').filter((payment) => payment.invoice === invoice.id),
      has_more: false,
      url: `${PATH}/payments`,
    }),
    confirmation_secret: (state, invoice) => {
      const payment = state.list('invoice_payment').findLast((one) => one.invoice === invoice.id);
      const intent = payment && state.find('payment_intent', payment.payment.payment_intent);
      return intent === undefined ? null : { client_secret: intent.client_secret, type: 'payment_intent' };
    },
  },
  routes: [
    route({
      method: 'POST',
      path: PATH,
      permission: KIND,
      parameters: createFields,
      run: (state, { parameters, now }) => createdInvoice(state, parameters, now),
    }),
    route({
      method: 'GET',
      path: PATH,
      permission: KIND,
      lists: true,
      parameters: listFields,
      run(state, { parameters: sent }) {
        const all = state
          .list(KIND)
          .filter(
            (one) =>
              isOnClock(one, undefined, sent.customer !== undefined || sent.subscription !== undefined) &&
              (sent.customer === undefined || one.customer === sent.customer) &&
              (sent.subscription === undefined || subscriptionIdOf(one) === sent.subscription) &&
              agrees(one, { status: sent.status, collection_method: sent.collection_method }) &&
              (sent.due_date === undefined || (one.due_date !== null && isWithin(one.due_date, sent.due_date))) &&
              isWithin(one.created, sent.created),
          );
        return listed(state, all, PATH, KIND);
      },
    }),
    retrieval(PATH, KIND, existingInvoice),
    route({
      method: 'GET',
      path: `${PATH}/:id/lines`,
      permission: KIND,
      lists: true,
      parameters: {},
      run(state, { path }) {
        const invoice = existingInvoice(state, path.id);
        return listed(state, invoice.lines.data.toReversed(), `${PATH}/${invoice.id}/lines`, 'line_item');
      },
    }),
    route({
      method: 'POST',
      path: `${PATH}/:id`,
      permission: KIND,
      parameters: updateFields,
      run: (state, { path, parameters, now }) => changedInvoice(state, path.id, parameters, now),
    }),
    route({
      method: 'DELETE',
      path: `${PATH}/:id`,
      permission: KIND,
      parameters: {},
      run(state, { path, now }): Answer {
        const invoice = existingInvoice(state, path.id);
        if (invoice.status !== 'draft' || subscriptionIdOf(invoice) !== null) {
          throw invalidRequest('You can only delete draft invoices that are not part of a subscription.', { code: 'invoice_not_editable' });
        }
        const freed = state.list('invoiceitem').filter((item) => item.invoice === invoice.id);
        const without = freed.reduce((next, item) => next.with({ ...item, invoice: null }), state);
        const at = timeOf(state, invoice.test_clock, now);
        const change = removed(unchanged(without), KIND, invoice.id, { type: 'invoice.deleted', at });
        return { ...change, body: { id: invoice.id, object: KIND, deleted: true } };
      },
    }),
    route({
      method: 'POST',
      path: `${PATH}/:id/finalize`,
      permission: KIND,
      parameters: { auto_advance: boolean() },
      run: (state, { path, parameters, now }) =>
        acting(state, path.id, now, (t, invoice) => finalizeNow(t, invoice, parameters.auto_advance)),
    }),
    route({
      method: 'POST',
      path: `${PATH}/:id/pay`,
      permission: KIND,
      parameters: payFields,
      run: (state, { path, parameters, now }) => acting(state, path.id, now, (t, invoice) => payNow(t, invoice, parameters)),
    }),
    route({
      method: 'POST',
      path: `${PATH}/:id/void`,
      permission: KIND,
      parameters: {},
      run: (state, { path, now }) =>
        acting(state, path.id, now, (t, invoice) => {
          mustBeOpen(invoice);
          voidInvoice(t, invoice);
        }),
    }),
    route({
      method: 'POST',
      path: `${PATH}/:id/mark_uncollectible`,
      permission: KIND,
      parameters: {},
      run: (state, { path, now }) =>
        acting(state, path.id, now, (t, invoice) => {
          mustBeOpen(invoice);
          markUncollectible(t, invoice);
        }),
    }),
    route({
      method: 'POST',
      path: `${PATH}/:id/send`,
      permission: KIND,
      parameters: {},
      run: (state, { path, now }) =>
        acting(state, path.id, now, (t, invoice) => {
          // Finalizing what is sent anyway sends it.
          if (invoice.status === 'draft') finalizeInvoice(t, invoice);
          else t.tell('invoice.sent', invoice);
        }),
    }),
  ],
};
