import type { StripeEvent } from '@turnpike/stripe';
import type { Outcome } from './stripe-event.entity.js';

/** 9999-12-31T23:59:59Z: what RFC 3339 can still write. */
const LAST_SECOND = 253_402_300_799;

/**
 * A connection is one mode for ever (architecture rule 8). A Connect endpoint gets the events of both, so the other mode's is no error:
 * it is kept, acknowledged, and goes no further.
 */
export function outcomeOf(event: Pick<StripeEvent, 'livemode'>, connection: { livemode: boolean }): Outcome {
  return event.livemode === connection.livemode ? 'announced' : 'other_mode';
}

/** What of an event's envelope cannot be kept in a row: the field's name, or null. Stripe sends nothing of the kind. */
export function unkeepableField(event: StripeEvent): string | null {
  if (event.created > LAST_SECOND) return 'created';
  const { id, type, apiVersion, account, objectId, object } = event;
  const texts = { id, type, api_version: apiVersion, account, 'data.object.id': objectId, 'data.object.object': object['object'] };
  // PostgreSQL's text has no NUL (road 5.9). Inside the object it does no harm: that stays bytes.
  const found = Object.entries(texts).find(([, value]) => typeof value === 'string' && value.includes('\u0000'));
  return found?.[0] ?? null;
}
