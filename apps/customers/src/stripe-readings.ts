import type { JsonObject } from '@turnpike/stripe';
import {
  fromCustomerHint,
  fromStripeCustomer,
  fromStripeSubscription,
  fromStripeTestClock,
  fromSubscriptionHint,
  fromTestClockHint,
  isJsonObject,
  isWholeStripeSubscription,
  type NormalisedCustomer,
  type NormalisedSubscription,
  type NormalisedTestClock,
  objectOfEvent,
} from '@turnpike/stripe';
import { asFetched, type FetchedObject, type MirroredKind, type NamedObject } from '@turnpike/mirror';
import type Stripe from 'stripe';

/** How a kind of Stripe's objects is read and fetched; who shows it stands in the app's module. */
export type Reading<P extends JsonObject> = Omit<MirroredKind<P>, 'show' | 'prepare'>;

export const CUSTOMERS: Reading<NormalisedCustomer> = {
  type: 'customer',
  idPrefix: 'cus_',
  hears: (eventType) => objectOfEvent(eventType) === 'customer',
  normalise: fromCustomerHint,
  fetch: async (stripe, id) => asFetched(await stripe.customers.retrieve(id)),
  read: fromStripeCustomer,
  clockOf: (customer) => customer.testClockId,
  names: (customer) => named('test_clock', customer['test_clock']),
  walk: { list: (stripe, page) => stripe.customers.list(page), after: ['test_clock'], takesCreated: true, isPerClock: true },
};

export const SUBSCRIPTIONS: Reading<NormalisedSubscription> = {
  type: 'subscription',
  idPrefix: 'sub_',
  hears: (eventType) => objectOfEvent(eventType) === 'subscription',
  normalise: fromSubscriptionHint,
  fetch: fetchSubscription,
  read: fromStripeSubscription,
  clockOf: (subscription) => subscription.testClockId,
  // It may arrive before its customer (road, Settled 5).
  names: (subscription) => named('customer', subscription['customer']),
  walk: {
    // The ended ones as well (requirement B21).
    list: (stripe, page) => stripe.subscriptions.list({ ...page, status: 'all' }),
    isWhole: isWholeStripeSubscription,
    after: ['test_clock', 'customer'],
    takesCreated: true,
    isPerClock: true,
  },
};

export const TEST_CLOCKS: Reading<NormalisedTestClock> = {
  type: 'test_clock',
  idPrefix: 'clock_',
  hears: (eventType) => objectOfEvent(eventType) === 'test_clock',
  normalise: fromTestClockHint,
  fetch: async (stripe, id) => asFetched(await stripe.testHelpers.testClocks.retrieve(id)),
  read: fromStripeTestClock,
  clockOf: (clock) => clock.clockId,
  walk: {
    list: (stripe, { created: _, test_clock: __, ...page }) => stripe.testHelpers.testClocks.list(page),
    takesCreated: false,
    environments: ['sandbox', 'test'],
  },
};

async function fetchSubscription(stripe: Stripe, id: string): Promise<FetchedObject> {
  const answer = await stripe.subscriptions.retrieve(id);
  return { ...asFetched(answer), object: await withAllItems(stripe, answer) };
}

/** Items beyond ten are not in an answer (road 5.4); a list of them is. */
async function withAllItems(stripe: Stripe, subscription: Stripe.Subscription): Promise<object> {
  if (!subscription.items.has_more) return subscription;
  const all = stripe.subscriptionItems.list({ subscription: subscription.id, limit: 100 });
  const items = await all.autoPagingToArray({ limit: 1_000 });
  return { ...subscription, items: { object: 'list', data: items, has_more: false, total_count: items.length } };
}

/** The object that a field names, by id or as an object; none where it is empty. */
function named(type: string, field: unknown): readonly NamedObject[] {
  const stripeId = isJsonObject(field) ? field['id'] : field;
  return typeof stripeId === 'string' && stripeId !== '' ? [{ type, stripeId }] : [];
}
