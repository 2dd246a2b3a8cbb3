import { z } from 'zod';
import { type DataOf, defineTopic } from '../define-topic.js';
import { Id, Instant } from '../fields.js';
import { Version } from '../version.js';
import { Standing } from './standing.js';

/**
 * The whole state of one customer after each change, never a delta: who missed ten of these is right again after the eleventh.
 * A deletion is a state too (`deletedAt`), since a null value vanishes from a compacted topic and with it the news (road 4.3).
 */
export const CustomerChanged = defineTopic({
  name: 'customers.customer.changed.v1',
  kind: 'state',
  burial: 'heals',
  key: (customer) => customer.customerId,
  order: (customer) => customer.customerId,
  data: z.object({
    /** Ours. */
    customerId: Id,
    /** Absent while the customer is not at Stripe. */
    connectionId: Id.nullable(),
    /** Stripe's `cus_…`; absent while the customer is not at Stripe. */
    stripeId: Id.nullable(),
    /** The id that our caller knows the customer by. */
    externalId: z.string().min(1).nullable(),
    name: z.string().nullable(),
    email: z.string().nullable(),
    /** ISO 4217 in lower case, as Stripe writes it. Null until the first purchase fixes it. */
    currency: z.string().nullable(),
    /** A Stripe test clock: this customer lives at its frozen time in every service (architecture rule 14). */
    clockId: Id.nullable(),
    standing: Standing,
    /** The customer that this one has become part of: the two turned out to be one. Writers before 0.1 did not say. */
    mergedInto: Id.nullable().optional(),
    deletedAt: Instant.nullable(),
    version: Version,
  }),
});
export type CustomerChanged = DataOf<typeof CustomerChanged>;
