import type { State } from '../state.js';
import type { Step } from './rendering.js';

/**
 * Before 2025-03-31.basil a subscription had its period at the top and not on its items (K16), and an invoice named its subscription,
 * payment intent and charge itself (M9, M12).
 */
export const beforeBasil: Step = {
  version: '2025-03-31.basil',
  shapes: {
    subscription(object) {
      const items = dataOf(object.items);
      const starts = numbersOf(items, 'current_period_start');
      const ends = numbersOf(items, 'current_period_end');
      return {
        ...object,
        current_period_start: starts.length === 0 ? null : Math.max(...starts),
        current_period_end: ends.length === 0 ? null : Math.min(...ends),
      };
    },
    subscription_item: ({ current_period_start: _start, current_period_end: _end, ...object }) => object,
    invoice(object, state) {
      const { parent, ...rest } = object;
      const payment = paymentOf(state, object.id);
      return {
        ...rest,
        charge: payment.charge,
        paid: object.status === 'paid',
        paid_out_of_band: false,
        payment_intent: payment.intent,
        subscription: at(parent, 'subscription_details', 'subscription') ?? null,
        subscription_details: { metadata: at(parent, 'subscription_details', 'metadata') ?? null },
        tax: null,
      };
    },
    line_item(object) {
      const { parent, pricing, ...rest } = object;
      return {
        ...rest,
        price: at(pricing, 'price_details', 'price') ?? null,
        proration: at(parent, 'subscription_item_details', 'proration') ?? at(parent, 'invoice_item_details', 'proration') ?? false,
        subscription_item: at(parent, 'subscription_item_details', 'subscription_item') ?? null,
        type: at(parent, 'type') === 'invoice_item_details' ? 'invoiceitem' : 'subscription',
      };
    },
  },
};

function paymentOf(state: State, invoice: string): { intent: unknown; charge: unknown } {
  const payment = state.listAny('invoice_payment').findLast((one) => one.invoice === invoice);
  const intent = at(payment, 'payment', 'payment_intent');
  const paid = typeof intent === 'string' ? state.findAny('payment_intent', intent) : undefined;
  return { intent: intent ?? null, charge: paid?.latest_charge ?? null };
}

/** What stands at a path inside something loosely known; undefined: nothing does. */
function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, name) => (typeof inner === 'object' && inner !== null ? new Map<string, unknown>(Object.entries(inner)).get(name) : undefined),
    value,
  );
}

function dataOf(listBody: unknown): readonly unknown[] {
  const found = at(listBody, 'data');
  return Array.isArray(found) ? found : [];
}

const numbersOf = (items: readonly unknown[], name: string): number[] =>
  items.map((item) => at(item, name)).filter((value) => typeof value === 'number');
