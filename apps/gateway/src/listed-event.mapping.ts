import { fromStripeEvent, type StripeEventRefusal } from '@turnpike/stripe';
import type Stripe from 'stripe';
import type { ConnectionRow } from './known-connections.service.js';
import { unkeepableField } from './stripe-event.rules.js';
import type { Delivery } from './stripe-events.service.js';

/** An event of Stripe’s list in the place of a delivered one: the body is the event as Stripe's list has it. */
export function deliveryOf(
  event: Stripe.Event,
  { id, organization, environment, livemode }: ConnectionRow,
  receivedAt: Date,
): { ok: true; delivery: Delivery } | { ok: false; because: StripeEventRefusal } {
  const body = Buffer.from(JSON.stringify(event));
  const reading = fromStripeEvent(JSON.parse(body.toString()));
  if (!reading.ok) return { ok: false, because: reading.because };
  if (unkeepableField(reading.event) !== null) return { ok: false, because: 'not_an_event' };
  return { ok: true, delivery: { connection: { id, organization, environment, livemode }, event: reading.event, body, receivedAt } };
}
