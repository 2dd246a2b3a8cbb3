import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ownRowsOnly } from '@turnpike/service';

/** What became of an event once it was stored: told on the topic, or kept for itself because a connection has one mode. */
export const OUTCOMES = ['announced', 'other_mode'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/**
 * One event of Stripe that reached us: the dedupe table. An event id has always the same `created`, so the month of it may stand in the
 * key and the table be dropped month by month, 90 days after (road 5.10).
 */
export const StripeEvent = defineEntity({
  name: 'StripeEvent',
  properties: {
    organization: p.text().primary(),
    environment: p.text().primary(),
    connectionId: p.text().primary(),
    /** The first day of the month of `createdAt`, UTC. */
    createdMonth: p.date().primary(),
    eventId: p.text().primary(),
    createdAt: p.datetime(),
    type: p.text(),
    objectType: p.text(),
    objectId: p.text().nullable(),
    livemode: p.boolean(),
    apiVersion: p.text().nullable(),
    account: p.text().nullable(),
    outcome: p.enum(OUTCOMES),
    receivedAt: p.datetime(),
    revision: p.integer().version(),
  },
  ...ownRowsOnly,
});
export type StripeEvent = InferEntity<typeof StripeEvent>;
