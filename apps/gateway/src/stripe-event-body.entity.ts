import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ownRowsOnly } from '@turnpike/service';

/** The bytes that Stripe sent, encrypted with the environment's key, kept 30 days: bytes, since a body with \u0000 is no jsonb (road 5.9). */
export const StripeEventBody = defineEntity({
  name: 'StripeEventBody',
  properties: {
    organization: p.text().primary(),
    environment: p.text().primary(),
    connectionId: p.text().primary(),
    /** The day it came, UTC: the table is dropped day by day. */
    receivedOn: p.date().primary(),
    eventId: p.text().primary(),
    receivedAt: p.datetime(),
    /** Which master key: see `BodyCipher`. */
    keyId: p.text(),
    /** Nonce, ciphertext, tag. */
    body: p.blob(),
    revision: p.integer().version(),
  },
  ...ownRowsOnly,
});
export type StripeEventBody = InferEntity<typeof StripeEventBody>;
