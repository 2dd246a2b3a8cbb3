import { cardError } from '../billing/decline-error.js';
import { attemptIntent } from '../billing/paying.js';
import { newPaymentIntent, type PaymentIntent } from '../billing/payment.js';
import { Transition } from '../billing/transition.js';
import { unchanged, updated } from '../change.js';
import { isWithin, timeRange } from '../filters.js';
import { anything, boolean, type Fields, integer, mergedMetadata, metadata, oneOf, type ReadOf, required, text } from '../parameters.js';
import { type Answer, listed, type Resource, route, shown } from '../route.js';
import type { State } from '../state.js';
import { invalidRequest, missingObject } from '../stripe-error.js';
import { customerOf } from './customers.js';
import { missingPaymentMethod, paymentMethodOf } from './payment-method.js';
import { timeOf } from './test-clocks.js';

const KIND = 'payment_intent';
const PATH = '/v1/payment_intents';

const confirmFields = {
  off_session: boolean(),
  payment_method: text(),
  return_url: text(),
  setup_future_usage: oneOf('off_session', 'on_session'),
  mandate_data: anything(),
  payment_method_options: anything(),
} satisfies Fields;

const createFields = {
  ...confirmFields,
  amount: required(integer({ min: 1 })),
  currency: required(text({ max: 3 })),
  confirm: boolean(),
  customer: text(),
  description: text(),
  metadata: metadata(),
  automatic_payment_methods: anything(),
  confirmation_method: anything(),
  payment_method_types: anything(),
  receipt_email: anything(),
  shipping: anything(),
  statement_descriptor: anything(),
} satisfies Fields;

function existing(state: State, id: string | undefined): PaymentIntent {
  const intent = state.find(KIND, id ?? '');
  if (intent === undefined) throw missingObject('payment_intent', id ?? '', 'intent');
  return intent;
}

/** The time an intent lives at: its customer's. */
function timeOfIntent(state: State, customer: string | null, now: number): number {
  return customer === null ? now : timeOf(state, state.find('customer', customer)?.test_clock, now);
}

function created(state: State, sent: ReadOf<typeof createFields>, now: number): Answer {
  const customer = sent.customer === undefined ? null : customerOf(state, sent.customer).id;
  const t = new Transition(state, timeOfIntent(state, customer, now), false);
  const intent = newPaymentIntent(
    t.state,
    {
      amount: sent.amount,
      currency: sent.currency.toLowerCase(),
      customer,
      description: sent.description ?? null,
      paymentMethod: null,
      metadata: mergedMetadata({}, sent.metadata),
      setupFutureUsage: sent.setup_future_usage === 'off_session' ? 'off_session' : null,
    },
    t.at,
  );
  t.make<PaymentIntent>('payment_intent.created', {
    ...intent,
    automatic_payment_methods: { allow_redirects: 'always', enabled: true },
    capture_method: 'automatic_async',
    shipping: sent.shipping ?? null,
  });
  if (sent.confirm === true) confirm(t, existing(t.state, intent.id), sent);
  else if (sent.payment_method !== undefined) withPaymentMethod(t, existing(t.state, intent.id), sent.payment_method);
  const change = t.end();
  return { ...change, body: existing(change.state, intent.id) };
}

function confirm(t: Transition, intent: PaymentIntent, sent: ReadOf<typeof confirmFields>): void {
  if (intent.status === 'succeeded' || intent.status === 'canceled') {
    throw invalidRequest(`This PaymentIntent's payment could not be confirmed because it has a status of ${intent.status}.`, {
      code: 'payment_intent_unexpected_state',
    });
  }
  const chosen = sent.payment_method ?? intent.payment_method;
  if (chosen === null) {
    throw invalidRequest(
      'You cannot confirm this PaymentIntent because it is missing a payment method. Update the PaymentIntent with a payment method and then confirm it again.',
      { code: 'payment_intent_unexpected_state' },
    );
  }
  const paymentMethod = withPaymentMethod(t, intent, chosen);
  const attempt = attemptIntent(t, existing(t.state, intent.id), paymentMethod, sent.off_session ?? false);
  if (attempt.kind === 'declined') throw cardError(t.state, attempt, t.end());
}

function withPaymentMethod(t: Transition, intent: PaymentIntent, id: string) {
  const found = paymentMethodOf(t.state, id, t.at);
  if (found === undefined) throw missingPaymentMethod(id);
  t.state = found.change.state;
  t.keep<PaymentIntent>({ ...intent, payment_method: found.paymentMethod.id, status: 'requires_confirmation' });
  return found.paymentMethod;
}

export const paymentIntents: Resource = {
  kind: KIND,
  expands: { customer: 'customer', latest_charge: 'charge', payment_method: 'payment_method' },
  routes: [
    route({
      method: 'POST',
      path: PATH,
      permission: KIND,
      parameters: createFields,
      run: (state, { parameters, now }) => created(state, parameters, now),
    }),
    route({
      method: 'GET',
      path: PATH,
      permission: KIND,
      lists: true,
      parameters: { created: timeRange(), customer: text() },
      run(state, { parameters: sent }) {
        const all = state
          .list(KIND)
          .filter((one) => (sent.customer === undefined || one.customer === sent.customer) && isWithin(one.created, sent.created));
        return listed(state, all, PATH, KIND);
      },
    }),
    route({
      method: 'GET',
      path: `${PATH}/:id`,
      permission: KIND,
      parameters: { client_secret: anything() },
      run: (state, { path }) => shown(state, existing(state, path.id)),
    }),
    route({
      method: 'POST',
      path: `${PATH}/:id`,
      permission: KIND,
      parameters: { description: text(), metadata: metadata() },
      run(state, { path, parameters, now }): Answer {
        const before = existing(state, path.id);
        const after: PaymentIntent = {
          ...before,
          description: parameters.description ?? before.description,
          metadata: mergedMetadata(before.metadata, parameters.metadata),
        };
        return { ...updated(unchanged(state), after, { at: timeOfIntent(state, before.customer, now) }), body: after };
      },
    }),
    route({
      method: 'POST',
      path: `${PATH}/:id/confirm`,
      permission: KIND,
      parameters: confirmFields,
      run(state, { path, parameters, now }): Answer {
        const intent = existing(state, path.id);
        if (state.list('invoice_payment').some((one) => one.payment.payment_intent === intent.id)) {
          throw invalidRequest('This PaymentIntent belongs to an invoice: pay the invoice instead.', {
            code: 'payment_intent_unexpected_state',
          });
        }
        const t = new Transition(state, timeOfIntent(state, intent.customer, now), false);
        confirm(t, intent, parameters);
        const change = t.end();
        return { ...change, body: existing(change.state, intent.id) };
      },
    }),
    route({
      method: 'POST',
      path: `${PATH}/:id/cancel`,
      permission: KIND,
      parameters: { cancellation_reason: oneOf('abandoned', 'duplicate', 'fraudulent', 'requested_by_customer') },
      run(state, { path, parameters, now }): Answer {
        const intent = existing(state, path.id);
        if (intent.status === 'succeeded' || intent.status === 'canceled') {
          throw invalidRequest(`You cannot cancel this PaymentIntent because it has a status of ${intent.status}.`, {
            code: 'payment_intent_unexpected_state',
          });
        }
        const t = new Transition(state, timeOfIntent(state, intent.customer, now), false);
        const cancellation_reason = parameters.cancellation_reason ?? null;
        const after = t.make<PaymentIntent>('payment_intent.canceled', {
          ...intent,
          canceled_at: t.at,
          cancellation_reason,
          status: 'canceled',
        });
        return { ...t.end(), body: after };
      },
    }),
  ],
};
