import type { Charge } from '../billing/payment.js';
import { unchanged, updated } from '../change.js';
import { agrees, isWithin, timeRange } from '../filters.js';
import { clearable, mergedMetadata, metadata, text } from '../parameters.js';
import { type Answer, listed, type Resource, retrieval, route } from '../route.js';
import type { State } from '../state.js';
import { missingObject } from '../stripe-error.js';
import { timeOf } from './test-clocks.js';

const KIND = 'charge';
const PATH = '/v1/charges';

export function existingCharge(state: State, id: string | undefined): Charge {
  const charge = state.find(KIND, id ?? '');
  if (charge === undefined) throw missingObject('charge', id ?? '');
  return charge;
}

export function timeOfCharge(state: State, { customer }: Charge, now: number): number {
  return customer === null ? now : timeOf(state, state.find('customer', customer)?.test_clock, now);
}

export const charges: Resource = {
  kind: KIND,
  expands: {
    balance_transaction: 'balance_transaction',
    customer: 'customer',
    payment_intent: 'payment_intent',
    payment_method: 'payment_method',
  },
  includes: {
    refunds: (state, charge) => {
      const data = state.list('refund').filter((refund) => refund.charge === charge.id);
      return { object: 'list', data: data.toReversed(), has_more: false, total_count: data.length, url: `${PATH}/${charge.id}/refunds` };
    },
  },
  routes: [
    route({
      method: 'GET',
      path: PATH,
      permission: KIND,
      lists: true,
      parameters: { created: timeRange(), customer: text(), payment_intent: text() },
      run(state, { parameters: sent }) {
        const all = state
          .list(KIND)
          .filter(
            (one) => agrees(one, { customer: sent.customer, payment_intent: sent.payment_intent }) && isWithin(one.created, sent.created),
          );
        return listed(state, all, PATH, KIND);
      },
    }),
    retrieval(PATH, KIND, existingCharge),
    route({
      method: 'POST',
      path: `${PATH}/:id`,
      permission: KIND,
      parameters: { description: clearable(text()), metadata: metadata() },
      run(state, { path, parameters, now }): Answer {
        const before = existingCharge(state, path.id);
        const after: Charge = {
          ...before,
          description: parameters.description === undefined ? before.description : parameters.description,
          metadata: mergedMetadata(before.metadata, parameters.metadata),
        };
        return { ...updated(unchanged(state), after, { type: 'charge.updated', at: timeOfCharge(state, before, now) }), body: after };
      },
    }),
  ],
};
