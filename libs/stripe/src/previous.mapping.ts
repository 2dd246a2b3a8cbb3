import { type NormalisedCustomer, fromStripeCustomer } from './customer.mapping.js';
import { type JsonObject, isJsonObject, sameJson } from './json.js';
import { type NormalisedSubscription, fromStripeSubscription } from './subscription.mapping.js';
import { UnknownStripeValue } from './unknown-stripe-value.error.js';
import { UnreadableStripeObject } from './unreadable-stripe-object.error.js';

/**
 * What `previous_attributes` says of a subscription in our fields: those that the change replaced, with the value they had.
 *
 * Stripe names only the keys that changed, of nested objects only the changed keys inside, and arrays whole. So the state
 * before is the object with these laid over it, read by the same mapping; a field of ours that came out the same had no
 * change to tell. `after` is the object itself, mapped, where the caller has it already. Empty when nothing that we keep changed; null when the state before cannot be read.
 */
export function previousOfStripeSubscription(
  object: JsonObject,
  previousAttributes: JsonObject,
  after = fromStripeSubscription(object),
): Partial<NormalisedSubscription> | null {
  return previousOfStripeObject(fromStripeSubscription, object, previousAttributes, after);
}

/** The same for a customer. */
export function previousOfStripeCustomer(
  object: JsonObject,
  previousAttributes: JsonObject,
  after = fromStripeCustomer(object),
): Partial<NormalisedCustomer> | null {
  return previousOfStripeObject(fromStripeCustomer, object, previousAttributes, after);
}

/** The same for any object that `fromStripe` reads. @param after the object itself, read */
export function previousOfStripeObject<P extends JsonObject>(
  fromStripe: (object: unknown) => P,
  object: JsonObject,
  previousAttributes: JsonObject,
  after: P,
): Partial<P> | null {
  return previousOf(after, readable(fromStripe, laidOver(object, previousAttributes)));
}

function previousOf<P extends JsonObject>(after: P, before: P | null): Partial<P> | null {
  if (before === null) return null;

  const previous: Partial<P> = {};
  for (const field in before) {
    if (!sameJson(before[field], after[field])) previous[field] = before[field];
  }
  return previous;
}

/** A state before that no version of ours can read (a status since withdrawn, say) must not cost the state after it. */
function readable<P>(fromStripe: (object: unknown) => P, object: JsonObject): P | null {
  try {
    return fromStripe(object);
  } catch (error) {
    if (error instanceof UnknownStripeValue || error instanceof UnreadableStripeObject) return null;
    throw error;
  }
}

function laidOver(object: JsonObject, changes: JsonObject): JsonObject {
  const merged: JsonObject = { ...object };
  for (const [key, value] of Object.entries(changes)) {
    const current = merged[key];
    merged[key] = isJsonObject(value) && isJsonObject(current) ? laidOver(current, value) : value;
  }
  return merged;
}
