import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ENVIRONMENTS } from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';
import type { JsonObject } from '@turnpike/stripe';

/** `stored`: not sent yet. `sent`: it went out, and nobody knows what became of it. The other two are ends of an attempt. */
export const INTENT_STATUSES = ['stored', 'sent', 'done', 'refused'] as const;

/** How the result of a write is found at Stripe when its idempotency key has been forgotten there. */
export interface LookFor {
  /** A list: `/v1/prices`. */
  readonly path: string;
  /** What narrows the list down: `{ product: 'prod_1' }`. */
  readonly params: Readonly<Record<string, string>>;
  /** What the object carries of ours, all of it. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Why a write has not been done: Stripe's code, or ours where Stripe was not reached. */
export interface IntentError {
  readonly code: string;
  readonly message: string;
  /** Stripe's `req_…`; null where no answer came. */
  readonly requestId: string | null;
}

/** One write to Stripe, from before it is sent until its answer is in (architecture rule 7). Never deleted: its cause must not happen twice. */
export const StripeIntent = defineEntity({
  name: 'StripeIntent',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    /** Ours: `si_` and a UUIDv7. */
    id: p.text().primary(),
    connectionId: p.text(),
    /** Why it is written; the same cause is written once. */
    cause: p.text(),
    /** What it is about, for whoever settles it. */
    subject: p.text(),
    /** Order keys, as on the wire, that are locked before it is settled. */
    lockKeys: p.json<readonly string[]>(),
    /** 1, 2, 3 …: one more after each refusal. */
    attempt: p.integer(),
    method: p.enum(['POST']),
    path: p.text(),
    /** Exactly what is sent, always read from here: Stripe takes a repeat only with the same parameters. */
    params: p.json<JsonObject>(),
    /** Null: the write may be done twice without harm, so that nothing need be looked for. */
    lookFor: p.json<LookFor>().strictNullable(),
    idempotencyKey: p.text(),
    status: p.enum(INTENT_STATUSES),
    /** When this attempt first went out: from then on Stripe remembers its key for 24 hours. */
    firstSentAt: p.datetime().strictNullable(),
    /** Of this attempt. */
    tries: p.integer(),
    /** Of the object that Stripe answered with. */
    stripeId: p.text().strictNullable(),
    requestId: p.text().strictNullable(),
    /** Of the last try; null once it is done. */
    error: p.json<IntentError>().strictNullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    settledAt: p.datetime().strictNullable(),
    revision: p.integer().version(),
  },
  uniques: [{ name: 'stripe_intent_cause', properties: ['organization', 'environment', 'connectionId', 'cause'] }],
  indexes: [{ name: 'stripe_intent_by_key', properties: ['organization', 'environment', 'connectionId', 'idempotencyKey'] }],
  ...ownRowsOnly,
});
export type StripeIntent = InferEntity<typeof StripeIntent>;
