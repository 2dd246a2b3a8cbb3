import type { BalanceTransaction } from '../billing/payment.js';
import { agrees, isWithin, timeRange } from '../filters.js';
import { text } from '../parameters.js';
import { listed, type Resource, retrieval, route } from '../route.js';
import type { State } from '../state.js';
import { missingObject, missingReference } from '../stripe-error.js';

/** Every movement of the account's balance: what was charged, what it cost, what went back (Q1, Q9). */

const KIND = 'balance_transaction';
const PATH = '/v1/balance_transactions';

function existing(state: State, id: string | undefined): BalanceTransaction {
  const movement = state.find(KIND, id ?? '');
  if (movement === undefined) throw missingObject('balance transaction', id ?? '');
  return movement;
}

export const balanceTransactions: Resource = {
  kind: KIND,
  expands: { source: 'charge' },
  routes: [
    route({
      method: 'GET',
      path: PATH,
      permission: KIND,
      lists: true,
      parameters: { created: timeRange(), currency: text(), payout: text(), source: text(), type: text() },
      run(state, { parameters: sent }) {
        if (sent.payout !== undefined) throw missingReference('payout', sent.payout, 'payout');
        const all = state
          .list(KIND)
          .filter(
            (one) => agrees(one, { currency: sent.currency, source: sent.source, type: sent.type }) && isWithin(one.created, sent.created),
          );
        return listed(state, all, PATH, 'balance transaction');
      },
    }),
    retrieval(PATH, KIND, existing),
  ],
};
