import type { JsonObject } from '@turnpike/stripe';
import {
  fromCustomerHint,
  fromStripeCustomer,
  fromStripeSubscription,
  fromStripeTestClock,
  fromSubscriptionHint,
  fromTestClockHint,
  isJsonObject,
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
};

export const TEST_CLOCKS: Reading<NormalisedTestClock> = {
  type: 'test_clock',
  idPrefix: 'clock_',
  hears: (eventType) => objectOfEvent(eventType) === 'test_clock',
  normalise: fromTestClockHint,
  fetch: async (stripe, id) => asFetched(await stripe.testHelpers.testClocks.retrieve(id)),
  read: fromStripeTestClock,
  clockOf: (clock) => clock.clockId,
};

/** Items beyond ten are not in the answer (road 5.4); a list of them is. */
async function fetchSubscription(stripe: Stripe, id: string): Promise<FetchedObject> {
  const answer = await stripe.subscriptions.retrieve(id);
  const fetched = asFetched(answer);
  if (!answer.items.has_more) return fetched;
  const items = await stripe.subscriptionItems.list({ subscription: id, limit: 100 }).autoPagingToArray({ limit: 1_000 });
  return { ...fetched, object: { ...answer, items: { object: 'list', data: items, has_more: false, total_count: items.length } } };
}

/** The object that a field names, by id or as an object; none where it is empty. */
function named(type: string, field: unknown): readonly NamedObject[] {
  const stripeId = isJsonObject(field) ? field['id'] : field;
  return typeof stripeId === 'string' && stripeId !== '' ? [{ type, stripeId }] : [];
}
