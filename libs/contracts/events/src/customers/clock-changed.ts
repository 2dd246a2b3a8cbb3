import { z } from 'zod';
import { type DataOf, defineTopic } from '../define-topic.js';
import { Id, Instant } from '../fields.js';
import { Version } from '../version.js';

/**
 * A Stripe test clock and the moment it stands at: what "now" is for every customer on it, in every service (architecture rule 14).
 * While a clock advances, the last moment that was reached stands here.
 */
export const ClockChanged = defineTopic({
  name: 'customers.clock.changed.v1',
  kind: 'state',
  burial: 'heals',
  key: (clock) => clock.clockId,
  order: (clock) => clock.clockId,
  data: z.object({
    /** As customers and subscriptions name it: Stripe's `clock_…`. */
    clockId: Id,
    connectionId: Id,
    frozenAt: Instant,
    deletedAt: Instant.nullable(),
    version: Version,
  }),
});
export type ClockChanged = DataOf<typeof ClockChanged>;
