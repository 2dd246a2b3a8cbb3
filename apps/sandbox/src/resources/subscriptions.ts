import { changeSubscription } from '../billing/changing.js';
import { withDetails } from '../billing/cancellation.js';
import { collect, finalizeInvoice } from '../billing/collecting.js';
import { createSubscription } from '../billing/creation.js';
import { endSubscription } from '../billing/ending.js';
import { invoicePeriods } from '../billing/renewal.js';
import { pauseNow, resumeSubscription } from '../billing/resuming.js';
import { cancelFields, createFields, resumeFields, type SentCancel, updateFields } from '../billing/subscription-fields.js';
import { ENDED, periodEndOf, planOf, type Subscription, subscriptionsOf } from '../billing/subscription.js';
import { Transition } from '../billing/transition.js';
import { creditRest } from '../billing/waiting.js';
import { unchanged } from '../change.js';
import { isWithin, timeRange } from '../filters.js';
import { anything, type Fields, oneOf, type ReadOf, text } from '../parameters.js';
import { type Answer, listed, type Resource, retrieval, route } from '../route.js';
import type { Change, State, StripeObject } from '../state.js';
import { missingObject } from '../stripe-error.js';
import { timeOf } from './test-clocks.js';

const KIND = 'subscription';
const PATH = '/v1/subscriptions';

const listFields = {
  customer: text(),
  price: text(),
  plan: text(),
  status: oneOf('active', 'all', 'canceled', 'ended', 'incomplete', 'incomplete_expired', 'past_due', 'paused', 'trialing', 'unpaid'),
  collection_method: oneOf('charge_automatically', 'send_invoice'),
  created: timeRange(),
  current_period_start: timeRange(),
  current_period_end: timeRange(),
  test_clock: text(),
  automatic_tax: anything(),
} satisfies Fields;

/** The subscription named in a path, or Stripe's 404. */
export function existingSubscription(state: State, id: string | undefined): Subscription {
  const subscription = state.find(KIND, id ?? '');
  if (subscription === undefined) throw missingObject('subscription', id ?? '');
  return subscription;
}

/** What a finished transition answers: the subscription as it stands at the end. */
function answerWith(t: Transition, id: string): Answer {
  const change = t.end();
  return { ...change, body: existingSubscription(change.state, id) };
}

function created(state: State, parameters: ReadOf<typeof createFields>, now: number): Answer {
  const clock = state.find('customer', parameters.customer)?.test_clock;
  const { t, id } = createSubscription(state, parameters, timeOf(state, clock, now));
  return answerWith(t, id);
}

/** DELETE: ends at once (K13); what is left of the period is given back or billed only when asked for. */
function canceled(state: State, subscription: Subscription, sent: SentCancel, at: number): Transition {
  const t = new Transition(state, at, false);
  if (sent.prorate === true) for (const item of subscription.items.data) creditRest(t, subscription, item, at);
  if (sent.invoice_now === true) {
    const invoice = invoicePeriods(t, subscription, [], {
      reason: 'subscription_update',
      period: { start: at, end: at },
      finalizesAt: null,
    });
    const open = invoice && finalizeInvoice(t, invoice);
    if (open?.status === 'open' && open.collection_method === 'charge_automatically') collect(t, open, { offSession: true });
  }
  const current = t.find(KIND, subscription.id) ?? subscription;
  const ending = withDetails({ ...current, cancel_at: null, cancel_at_period_end: false }, sent.cancellation_details);
  endSubscription(t, ending, { reason: 'cancellation_requested' });
  return t;
}

function matching(state: State, sent: ReadOf<typeof listFields>): readonly Subscription[] {
  const price = sent.price ?? sent.plan;
  return state
    .list(KIND)
    .filter(
      (one) =>
        hasStatus(one, sent.status) &&
        isOnClock(one, sent.test_clock, sent.customer !== undefined) &&
        (sent.customer === undefined || one.customer === sent.customer) &&
        (price === undefined || one.items.data.some((item) => item.price.id === price)) &&
        (sent.collection_method === undefined || one.collection_method === sent.collection_method) &&
        isWithin(one.created, sent.created) &&
        isWithin(Math.max(...one.items.data.map((item) => item.current_period_start)), sent.current_period_start) &&
        isWithin(periodEndOf(one), sent.current_period_end),
    );
}

/** K3: without a status, everything but what was canceled. */
function hasStatus({ status }: Subscription, asked: ReadOf<typeof listFields>['status']): boolean {
  if (asked === undefined) return status !== 'canceled';
  if (asked === 'all') return true;
  return asked === 'ended' ? ENDED.has(status) : status === asked;
}

/** P6: what lives on a test clock is listed only when its clock or its owner is named. */
export function isOnClock(one: { readonly test_clock: string | null }, clock: string | undefined, isNamed: boolean): boolean {
  return clock === undefined ? isNamed || one.test_clock === null : one.test_clock === clock;
}

/** A customer's deletion ends its subscriptions at once (K1). */
function endedWithCustomer(state: State, customer: StripeObject, at: number): Change {
  const t = new Transition(state, at, false);
  for (const subscription of subscriptionsOf(state, customer.id)) if (!ENDED.has(subscription.status)) endSubscription(t, subscription);
  return t.end();
}

/** Subscriptions show their prices as they are now; nobody is told, since nothing of the subscription changed. */
function withPrice(state: State, changed: StripeObject): Change {
  const price = state.find('price', changed.id);
  if (price === undefined) return unchanged(state);
  const { tiers: _tiers, ...rest } = price;
  // Only the tiers are gone, and they may be: they are shown nowhere but on the price itself.
  const bare = rest as typeof price;
  let next = state;
  for (const one of state.list(KIND)) {
    if (!one.items.data.some((item) => item.price.id === price.id)) continue;
    const data = one.items.data.map((item) => (item.price.id === price.id ? { ...item, plan: planOf(bare), price: bare } : item));
    next = next.with({ ...one, items: { ...one.items, data } });
  }
  return unchanged(next);
}

const ownTime = (state: State, subscription: Subscription, now: number): number => timeOf(state, subscription.test_clock, now);

export const subscriptions: Resource = {
  kind: KIND,
  expands: {
    customer: 'customer',
    default_payment_method: 'payment_method',
    discounts: 'discount',
    latest_invoice: 'invoice',
    pending_setup_intent: 'setup_intent',
    schedule: 'subscription_schedule',
    test_clock: 'test_helpers.test_clock',
  },
  reactions: { 'customer.deleted': endedWithCustomer, 'price.updated': withPrice },
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
      parameters: listFields,
      run: (state, { parameters }) => listed(state, matching(state, parameters), PATH, KIND),
    }),
    retrieval(PATH, KIND, existingSubscription),
    route({
      method: 'POST',
      path: `${PATH}/:id`,
      permission: KIND,
      parameters: updateFields,
      run(state, { path, parameters, now }) {
        const subscription = existingSubscription(state, path.id);
        const t = changeSubscription(state, subscription, parameters, ownTime(state, subscription, now));
        return answerWith(t, subscription.id);
      },
    }),
    route({
      method: 'DELETE',
      path: `${PATH}/:id`,
      permission: KIND,
      parameters: cancelFields,
      run(state, { path, parameters, now }) {
        const subscription = existingSubscription(state, path.id);
        if (ENDED.has(subscription.status)) throw missingObject('subscription', subscription.id);
        return answerWith(canceled(state, subscription, parameters, ownTime(state, subscription, now)), subscription.id);
      },
    }),
    route({
      method: 'POST',
      path: `${PATH}/:id/resume`,
      permission: KIND,
      parameters: resumeFields,
      run(state, { path, parameters, now }) {
        const subscription = existingSubscription(state, path.id);
        return answerWith(resumeSubscription(state, subscription, parameters, ownTime(state, subscription, now)), subscription.id);
      },
    }),
    route({
      method: 'POST',
      path: `${PATH}/:id/pause`,
      permission: KIND,
      parameters: { bill_for: anything(), invoicing_behavior: anything(), type: oneOf('subscription') },
      run(state, { path, now }) {
        const subscription = existingSubscription(state, path.id);
        return answerWith(pauseNow(state, subscription, ownTime(state, subscription, now)), subscription.id);
      },
    }),
  ],
};
