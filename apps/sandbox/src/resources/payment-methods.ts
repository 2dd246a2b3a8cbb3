import { made, unchanged, updated } from '../change.js';
import { addressField, toAddress } from '../filters.js';
import { anything, clearable, hash, integer, mergedMetadata, metadata, oneOf, required, text } from '../parameters.js';
import { type Answer, listed, type Resource, retrieval, route, shown } from '../route.js';
import type { State } from '../state.js';
import { invalidRequest, missingObject, missingReference, StripeError } from '../stripe-error.js';
import { attached, detached, existing, missingPaymentMethod, newPaymentMethod, type PaymentMethod, timeOfOwner } from './payment-method.js';
import { cardOfNumber, cardOfToken } from './test-cards.js';
import { timeOf } from './test-clocks.js';

const KIND = 'payment_method';
const PATH = '/v1/payment_methods';

const billingDetails = () =>
  hash({ address: clearable(addressField()), email: clearable(text()), name: clearable(text()), phone: clearable(text()), tax_id: text() });

type SentBillingDetails = NonNullable<ReturnType<ReturnType<typeof billingDetails>['read']>>;

function mergedBillingDetails(
  before: PaymentMethod['billing_details'],
  sent: SentBillingDetails | undefined,
): PaymentMethod['billing_details'] {
  if (sent === undefined) return before;
  return {
    address: sent.address === undefined ? before.address : toAddress(sent.address ?? {}),
    email: sent.email === undefined ? before.email : sent.email,
    name: sent.name === undefined ? before.name : sent.name,
    phone: sent.phone === undefined ? before.phone : sent.phone,
    tax_id: sent.tax_id ?? before.tax_id,
  };
}

export const paymentMethods: Resource = {
  kind: KIND,
  expands: { customer: 'customer' },
  routes: [
    route({
      method: 'POST',
      path: PATH,
      permission: KIND,
      parameters: {
        type: required(oneOf('card')),
        card: required(
          hash({
            token: text(),
            number: text(),
            exp_month: integer({ min: 1, max: 12 }),
            exp_year: integer(),
            cvc: text(),
            networks: anything(),
          }),
        ),
        billing_details: billingDetails(),
        allow_redisplay: oneOf('always', 'limited', 'unspecified'),
        metadata: metadata(),
      },
      run(state, { parameters, now }): Answer {
        const { token, number, exp_month, exp_year } = parameters.card;
        const card = token === undefined ? cardOfNumber(number ?? '') : cardOfToken(token.replace(/^tok_/, ''));
        if (card === undefined && token !== undefined) throw missingReference('token', token, 'card[token]');
        if (card === undefined) {
          const wrong = { code: 'incorrect_number', param: 'number' };
          throw new StripeError({ status: 402, type: 'card_error', message: 'Your card number is incorrect.', ...wrong });
        }
        const fresh = newPaymentMethod(state, { ...card, expMonth: exp_month ?? card.expMonth, expYear: exp_year ?? card.expYear }, now);
        const paymentMethod: PaymentMethod = {
          ...fresh,
          allow_redisplay: parameters.allow_redisplay ?? 'unspecified',
          billing_details: mergedBillingDetails(fresh.billing_details, parameters.billing_details),
          metadata: mergedMetadata({}, parameters.metadata),
        };
        return { ...made(unchanged(state), paymentMethod, { at: now }), body: paymentMethod };
      },
    }),
    route({
      method: 'GET',
      path: PATH,
      permission: KIND,
      lists: true,
      parameters: { customer: text(), type: text(), allow_redisplay: text() },
      run: (state, { parameters }) => listed(state, ownedBy(state, parameters.customer, parameters.type), PATH, 'PaymentMethod'),
    }),
    route({
      method: 'GET',
      path: '/v1/customers/:customer/payment_methods',
      permission: KIND,
      lists: true,
      parameters: { type: text(), allow_redisplay: text() },
      run(state, { path, parameters }) {
        const customer = path.customer ?? '';
        if (state.find('customer', customer) === undefined) throw missingObject('customer', customer, 'customer');
        return listed(state, ownedBy(state, customer, parameters.type), `/v1/customers/${customer}/payment_methods`, 'PaymentMethod');
      },
    }),
    route({
      method: 'GET',
      path: '/v1/customers/:customer/payment_methods/:id',
      permission: KIND,
      parameters: {},
      run(state, { path }) {
        const paymentMethod = existing(state, path.id ?? '');
        if (paymentMethod.customer !== path.customer) throw missingPaymentMethod(paymentMethod.id);
        return shown(state, paymentMethod);
      },
    }),
    retrieval(PATH, KIND, existing),
    route({
      method: 'POST',
      path: `${PATH}/:id`,
      permission: KIND,
      parameters: {
        billing_details: billingDetails(),
        card: hash({ exp_month: integer({ min: 1, max: 12 }), exp_year: integer(), networks: anything() }),
        allow_redisplay: oneOf('always', 'limited', 'unspecified'),
        metadata: metadata(),
      },
      run(state, { path, parameters, now }): Answer {
        const before = existing(state, path.id ?? '');
        if (before.customer === null) {
          throw invalidRequest('You must save this PaymentMethod to a customer before you can update it.', { param: 'payment_method' });
        }
        const { card } = parameters;
        const after: PaymentMethod = {
          ...before,
          allow_redisplay: parameters.allow_redisplay ?? before.allow_redisplay,
          billing_details: mergedBillingDetails(before.billing_details, parameters.billing_details),
          card: { ...before.card, exp_month: card?.exp_month ?? before.card.exp_month, exp_year: card?.exp_year ?? before.card.exp_year },
          metadata: mergedMetadata(before.metadata, parameters.metadata),
        };
        const at = timeOfOwner(state, before.customer, now);
        return { ...updated(unchanged(state), after, { type: 'payment_method.updated', at }), body: after };
      },
    }),
    route({
      method: 'POST',
      path: `${PATH}/:id/attach`,
      permission: KIND,
      parameters: { customer: required(text()) },
      run(state, { path, parameters, now }): Answer {
        const customer = state.find('customer', parameters.customer);
        if (customer === undefined) throw missingReference('customer', parameters.customer, 'customer');
        const { change, id } = attached(state, path.id ?? '', customer, timeOf(state, customer.test_clock, now));
        return { ...change, body: existing(change.state, id) };
      },
    }),
    route({
      method: 'POST',
      path: `${PATH}/:id/detach`,
      permission: KIND,
      parameters: {},
      run(state, { path, now }): Answer {
        const paymentMethod = existing(state, path.id ?? '');
        if (paymentMethod.customer === null) {
          throw invalidRequest('The payment method you provided is not attached to a customer so detachment is impossible.');
        }
        const change = detached(state, paymentMethod, now);
        return { ...change, body: existing(change.state, paymentMethod.id) };
      },
    }),
  ],
};

function ownedBy(state: State, customer: string | undefined, type: string | undefined): readonly PaymentMethod[] {
  return state
    .list(KIND)
    .filter(
      (one) => (customer === undefined ? one.customer !== null : one.customer === customer) && (type === undefined || one.type === type),
    );
}
