import { amountText } from '../billing/money.js';
import { type Charge, newBalanceTransaction } from '../billing/payment.js';
import { Transition } from '../billing/transition.js';
import { unchanged, updated } from '../change.js';
import { agrees, isWithin, timeRange } from '../filters.js';
import { anything, type Fields, integer, mergedMetadata, metadata, oneOf, type ReadOf, text } from '../parameters.js';
import { type Answer, listed, type Resource, retrieval, route } from '../route.js';
import type { State, StripeObject } from '../state.js';
import { invalidRequest, missingObject, missingReference } from '../stripe-error.js';
import { existingCharge, timeOfCharge } from './charges.js';

/** Money that goes back for a charge; its fee does not (Q9). */
export interface Refund extends StripeObject {
  readonly object: 'refund';
  readonly amount: number;
  readonly balance_transaction: string;
  readonly charge: string;
  readonly created: number;
  readonly currency: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly payment_intent: string;
  readonly status: 'succeeded';
}
declare module '../state.js' {
  interface Kinds {
    refund: Refund;
  }
}

const KIND = 'refund';
const PATH = '/v1/refunds';
/** As in Stripe's dashboard, whoever may write charges may give them back. */
const PERMISSION = 'charge';

const createFields = {
  amount: integer({ min: 1 }),
  charge: text(),
  metadata: metadata(),
  payment_intent: text(),
  reason: oneOf('duplicate', 'fraudulent', 'requested_by_customer'),
  refund_application_fee: anything(),
  reverse_transfer: anything(),
} satisfies Fields;

function existing(state: State, id: string | undefined): Refund {
  const refund = state.find(KIND, id ?? '');
  if (refund === undefined) throw missingObject('refund', id ?? '');
  return refund;
}

function chargeOf(state: State, { charge, payment_intent }: ReadOf<typeof createFields>): Charge {
  if (charge !== undefined) {
    const found = state.find('charge', charge);
    if (found === undefined) throw missingReference('charge', charge, 'charge');
    return found;
  }
  if (payment_intent === undefined) {
    throw invalidRequest('One of the following params should be provided for this request: payment_intent or charge.');
  }
  const intent = state.find('payment_intent', payment_intent);
  if (intent === undefined) throw missingReference('payment_intent', payment_intent, 'payment_intent');
  if (intent.status === 'succeeded') return existingCharge(state, intent.latest_charge ?? undefined);
  throw invalidRequest('This PaymentIntent does not have a successful charge to refund.', { param: 'payment_intent' });
}

function created(state: State, sent: ReadOf<typeof createFields>, now: number): Answer {
  const charge = chargeOf(state, sent);
  const left = charge.amount - charge.amount_refunded;
  if (charge.status !== 'succeeded')
    throw invalidRequest(`Charge ${charge.id} was not successful, and cannot be refunded.`, { param: 'charge' });
  if (left === 0) throw invalidRequest(`Charge ${charge.id} has already been refunded.`, { code: 'charge_already_refunded' });
  const amount = sent.amount ?? left;
  if (amount > left) {
    throw invalidRequest(
      `Refund amount (${amountText(amount, charge.currency)}) is greater than unrefunded amount on charge (${amountText(left, charge.currency)})`,
      { param: 'amount' },
    );
  }
  const t = new Transition(state, timeOfCharge(state, charge, now), false);
  const id = state.newId('re');
  const description = charge.description === null ? 'REFUND FOR CHARGE' : `REFUND FOR CHARGE (${charge.description})`;
  const movement = newBalanceTransaction(
    state,
    { amount: -amount, currency: charge.currency, description, source: id, type: 'refund' },
    t.at,
  );
  t.keep(movement);
  const refund: Refund = {
    id,
    object: KIND,
    amount,
    balance_transaction: movement.id,
    charge: charge.id,
    created: t.at,
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    destination_details: {
      card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' },
      type: 'card',
    },
    metadata: mergedMetadata({}, sent.metadata),
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason: sent.reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
  };
  const refunded = charge.amount_refunded + amount;
  t.make<Charge>('charge.refunded', { ...charge, amount_refunded: refunded, refunded: refunded === charge.amount });
  t.make('refund.created', refund);
  return { ...t.end(), body: refund };
}

export const refunds: Resource = {
  kind: KIND,
  expands: {
    balance_transaction: 'balance_transaction',
    charge: 'charge',
    customer: 'customer',
    payment_intent: 'payment_intent',
    payment_method: 'payment_method',
  },
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
      parameters: { charge: text(), created: timeRange(), payment_intent: text() },
      run(state, { parameters: sent }) {
        const all = state
          .list(KIND)
          .filter(
            (one) => agrees(one, { charge: sent.charge, payment_intent: sent.payment_intent }) && isWithin(one.created, sent.created),
          );
        return listed(state, all, PATH, KIND);
      },
    }),
    retrieval(PATH, PERMISSION, existing),
    route({
      method: 'POST',
      path: `${PATH}/:id`,
      permission: PERMISSION,
      parameters: { metadata: metadata() },
      run(state, { path, parameters, now }): Answer {
        const before = existing(state, path.id);
        const after: Refund = { ...before, metadata: mergedMetadata(before.metadata, parameters.metadata) };
        const at = timeOfCharge(state, existingCharge(state, before.charge), now);
        // Told under the charge's name, too, as before refunds had a name of their own.
        const change = updated(unchanged(state), after, { type: 'refund.updated', at });
        const again = change.events.map((event) => ({ ...event, type: 'charge.refund.updated' }));
        return { state: change.state, events: [...change.events, ...again], body: after };
      },
    }),
  ],
};
