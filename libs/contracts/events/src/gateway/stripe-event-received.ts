import { z } from 'zod';
import { type DataOf, defineTopic } from '../define-topic.js';
import { Id, Instant, JsonObject } from '../fields.js';

/**
 * Stripe told one of its events to us: by webhook, by poll or by the sweep for gaps, once each. It is a hint, not the truth: events come
 * late, twice and out of order, and a payload is as old as its event (architecture rule 5).
 *
 * Key and order are the connection and the object, which cannot change. A customer would: a payment method loses its customer when it
 * is detached, a charge may never have one (road 5.7).
 */
export const StripeEventReceived = defineTopic({
  name: 'gateway.stripe-event.received.v1',
  kind: 'hint',
  burial: 'marks-dirty',
  key: (event) => `${event.connectionId}/${event.objectId ?? event.eventId}`,
  order: (event) => `${event.connectionId}/${event.objectId ?? event.eventId}`,
  data: z.object({
    /** Exactly one Stripe account and mode, for ever (architecture rule 8). */
    connectionId: Id,
    /** Stripe's `evt_…`. */
    eventId: Id,
    /** Stripe's word, known to us or not: `customer.subscription.updated`. */
    type: z.string().min(1),
    /** Epoch seconds, Stripe's stamp. Two events of one second have no order. */
    created: z.int().nonnegative(),
    /** The same as a time. */
    createdAt: Instant,
    /** Which of Stripe's API versions `object` is written in; events of the first years do not say. */
    apiVersion: z.string().nullable(),
    livemode: z.boolean(),
    /** The connected account, for events of a Connect endpoint. */
    account: z.string().nullable(),
    /** Stripe's word for what changed: `subscription`. */
    objectType: z.string().min(1),
    /** Some have none: the invoice of `invoice.upcoming` does not exist yet. */
    objectId: Id.nullable(),
    /** Without secrets, card details and addresses. Null: too large for a topic, or withheld; fetch it. */
    object: JsonObject.nullable(),
    /** Only for `*.updated`: the old values of what changed, with the same left out as in `object`. */
    previousAttributes: JsonObject.nullable(),
    /** The call that caused it, so that our own writes are recognised (architecture rule 6). Null: Stripe acted by itself. */
    request: z.object({ id: z.string().nullable(), idempotencyKey: z.string().nullable() }).nullable(),
    /** When it reached us, by our clock. */
    receivedAt: Instant,
  }),
});
export type StripeEventReceived = DataOf<typeof StripeEventReceived>;
