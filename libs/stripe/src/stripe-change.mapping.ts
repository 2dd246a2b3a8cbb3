import type { StripeChange } from './convergence.rules.js';
import { type NormalisedCustomer, fromStripeCustomer } from './customer.mapping.js';
import type { JsonObject } from './json.js';
import { previousOfStripeCustomer, previousOfStripeSubscription } from './previous.mapping.js';
import { type NormalisedSubscription, fromStripeSubscription, isWholeStripeSubscription } from './subscription.mapping.js';
import { type NormalisedTestClock, fromStripeTestClock } from './test-clock.mapping.js';
import { UnknownStripeValue } from './unknown-stripe-value.error.js';
import { UnreadableStripeObject } from './unreadable-stripe-object.error.js';

/** The parts of an event that a hint carries: the object is null when the gateway withheld it. */
export interface StripeHint {
  eventId: string;
  type: string;
  /** Epoch seconds. */
  created: number;
  object: JsonObject | null;
  previousAttributes: JsonObject | null;
}

/** Whose state an event tells. */
export type ObjectOfEvent = 'customer' | 'subscription' | 'test_clock' | 'not ours';

const OF_CUSTOMERS = new Set(['customer.created', 'customer.updated', 'customer.deleted']);
const OF_SUBSCRIPTIONS = 'customer.subscription.';
const OF_TEST_CLOCKS = 'test_helpers.test_clock.';

/**
 * Which of the three objects an event type tells of. Most `customer.…` types are about other objects (`customer.source.*`,
 * `customer.discount.*`, `customer.tax_id.*`); all that begin with `customer.subscription.` carry a whole subscription.
 */
export function objectOfEvent(type: string): ObjectOfEvent {
  if (OF_CUSTOMERS.has(type)) return 'customer';
  if (type.startsWith(OF_SUBSCRIPTIONS)) return 'subscription';
  return type.startsWith(OF_TEST_CLOCKS) ? 'test_clock' : 'not ours';
}

/**
 * A hint about a customer as the rules take it. A deletion carries no payload: what Stripe sends with it is in some
 * versions only the id, and what was known of the customer stays (rule 11).
 */
export function fromCustomerHint(hint: StripeHint): StripeChange<NormalisedCustomer> {
  const deleted = hint.type === 'customer.deleted';
  const { object, previousAttributes } = hint;
  return changeOf(hint, deleted, () => {
    if (object === null || deleted) return null;
    const payload = fromStripeCustomer(object);
    return { payload, previous: previousAttributes && previousOfStripeCustomer(object, previousAttributes, payload), complete: true };
  });
}

/** A hint about a subscription as the rules take it. A deleted one has a last state, `canceled`, and keeps it. */
export function fromSubscriptionHint(hint: StripeHint): StripeChange<NormalisedSubscription> {
  const { object, previousAttributes } = hint;
  return changeOf(hint, hint.type === 'customer.subscription.deleted', () => {
    if (object === null) return null;
    const payload = fromStripeSubscription(object);
    const previous = previousAttributes && previousOfStripeSubscription(object, previousAttributes, payload);
    return { payload, previous, complete: isWholeStripeSubscription(object) };
  });
}

/** Stripe sends no `previous_attributes` with these; but what a clock was before it is ready, or advances, is in the words. */
const BEFORE: Readonly<Record<string, Partial<NormalisedTestClock>>> = {
  'test_helpers.test_clock.advancing': { status: 'ready' },
  'test_helpers.test_clock.ready': { status: 'advancing' },
};

/** A hint about a test clock as the rules take it. What a deleted one had reached stays known. */
export function fromTestClockHint(hint: StripeHint): StripeChange<NormalisedTestClock> {
  const deleted = hint.type === 'test_helpers.test_clock.deleted';
  const { object } = hint;
  return changeOf(hint, deleted, () => {
    if (object === null || deleted) return null;
    const payload = fromStripeTestClock(object);
    return { payload, previous: BEFORE[hint.type] ?? null, alsoChanges: ['frozenAt'], complete: true };
  });
}

type Reading<P extends JsonObject> = Pick<StripeChange<P>, 'payload' | 'previous' | 'alsoChanges' | 'complete'>;

/** What cannot be mapped is an answer of the rules (look it up later), not a failure of the message. */
export function changeOf<P extends JsonObject>(hint: StripeHint, deleted: boolean, read: () => Reading<P> | null): StripeChange<P> {
  const bare = { eventId: hint.eventId, created: hint.created, deleted, payload: null, previous: null, complete: true };
  try {
    return { ...bare, ...read() };
  } catch (error) {
    if (error instanceof UnknownStripeValue || error instanceof UnreadableStripeObject) return { ...bare, unmappable: true };
    throw error;
  }
}
