import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ENVIRONMENTS } from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';
import type { Known } from '@turnpike/stripe';

/** The objects of Stripe that this service mirrors. */
export const OBJECT_TYPES = ['customer', 'subscription'] as const;
export type ObjectType = (typeof OBJECT_TYPES)[number];

/**
 * What is remembered of one Stripe object so that its next event can be judged: watermark, tombstone, doubts and their reasons, counters, and
 * the state in our words (architecture rule 5). Rows of `customer` and `subscription` are made from it and from nothing else.
 *
 * An object may stand here without a row of its own: a subscription whose only event could not be read has nothing to show yet.
 */
export const MirroredObject = defineEntity({
  name: 'MirroredObject',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    connectionId: p.text().primary(),
    objectType: p.enum(OBJECT_TYPES).primary(),
    stripeId: p.text().primary(),
    /** As libs/stripe's rules left it: they own its shape, and jsonb takes a new field without a migration. */
    known: p.json<Known>(),
    /** When it is to be looked up at Stripe; null while nothing is in doubt. A column, because the queue of what is due is read by it. */
    fetchDueAt: p.datetime().strictNullable(),
    /** Stripe's stamp of the newest deletion that is shown; null while the object exists. */
    deletedAt: p.datetime().strictNullable(),
    revision: p.integer().version(),
  },
  // Only what is to be looked up: as short as the list of what is in doubt.
  indexes: [{ name: 'mirrored_object_due', properties: ['organization', 'fetchDueAt'], where: { fetchDueAt: { $ne: null } } }],
  ...ownRowsOnly,
});
export type MirroredObject = InferEntity<typeof MirroredObject>;
