import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ENVIRONMENTS } from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';
import type { Known } from '@turnpike/stripe';

/**
 * What is remembered of one Stripe object so that its next event can be judged: watermark, tombstone, doubts and their reasons, counters, and
 * the state in our words (architecture rule 5). The rows that a service shows are made from it and from nothing else.
 *
 * An object may stand here without a row of its own: a subscription whose only event could not be read has nothing to show yet.
 */
export const MirroredObject = defineEntity({
  name: 'MirroredObject',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    connectionId: p.text().primary(),
    /** The `type` of its kind. */
    objectType: p.text().primary(),
    stripeId: p.text().primary(),
    /** As libs/stripe's rules left it: they own its shape, and jsonb takes a new field without a migration. */
    known: p.json<Known>(),
    /** Stripe's stamp of the newest deletion that is shown; null while the object exists. */
    deletedAt: p.datetime().strictNullable(),
    /** When it was first heard of, by our clock. */
    metAt: p.datetime(),
    /** The latest fill or comparison whose list it was in: what is in no list may be gone. */
    walkedIn: p.text().strictNullable(),
    revision: p.integer().version(),
  },
  ...ownRowsOnly,
});
export type MirroredObject = InferEntity<typeof MirroredObject>;
