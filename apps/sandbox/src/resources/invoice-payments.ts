import type { InvoicePayment } from '../billing/invoice.js';
import { isWithin, timeRange } from '../filters.js';
import { hash, oneOf, text } from '../parameters.js';
import { listed, type Resource, route, shown } from '../route.js';
import type { State } from '../state.js';
import { missingObject } from '../stripe-error.js';

/** What pays which invoice (M9): the way from a payment intent to its invoice since 2025-03-31.basil. */

const KIND = 'invoice_payment';
const PATH = '/v1/invoice_payments';

function existing(state: State, id: string | undefined): InvoicePayment {
  const payment = state.find(KIND, id ?? '');
  if (payment === undefined) throw missingObject('invoice_payment', id ?? '');
  return payment;
}

export const invoicePayments: Resource = {
  kind: KIND,
  expands: { invoice: 'invoice', 'payment.payment_intent': 'payment_intent' },
  routes: [
    route({
      method: 'GET',
      path: PATH,
      permission: 'invoice',
      lists: true,
      parameters: {
        created: timeRange(),
        invoice: text(),
        payment: hash({ type: oneOf('payment_intent', 'charge', 'payment_record'), payment_intent: text(), payment_record: text() }),
        status: oneOf('open', 'paid', 'canceled'),
      },
      run(state, { parameters: sent }) {
        const intent = sent.payment?.payment_intent;
        const all = state
          .list(KIND)
          .filter(
            (one) =>
              (sent.invoice === undefined || one.invoice === sent.invoice) &&
              (intent === undefined || one.payment.payment_intent === intent) &&
              (sent.status === undefined || one.status === sent.status) &&
              isWithin(one.created, sent.created),
          );
        return listed(state, all, PATH, KIND);
      },
    }),
    route({
      method: 'GET',
      path: `${PATH}/:id`,
      permission: 'invoice',
      parameters: {},
      run: (state, { path }) => shown(state, existing(state, path.id)),
    }),
  ],
};
