import { z } from 'zod';
import { Instant } from './fields.js';

/** How far a shown state may be trusted, and why not further (architecture rule 5). */
export const StandingResponse = z
  .looseObject({
    /**
     * `confirmed`: Stripe's API said so, or events that leave no doubt. `provisional`: shown at once, being checked. `dirty`: possibly
     * wrong; what is shown is the last that was right. `unverified`: Stripe does not let us look it up.
     */
    state: z.enum(['confirmed', 'provisional', 'dirty', 'unverified']),
    /** Why it is not confirmed, as stable codes; empty when it is. New codes may come. */
    reasons: z.array(z.string()),
    /** Since when it has been in this state. Null: nothing but confirmed was ever seen. */
    since: Instant.nullable(),
  })
  .meta({ id: 'StandingResponse' });
export type StandingResponse = z.output<typeof StandingResponse>;

/** Which state this is: `epoch` first, then `n`. Higher is newer. */
export const VersionResponse = z.looseObject({ epoch: z.int().nonnegative(), n: z.int().nonnegative() }).meta({ id: 'VersionResponse' });
export type VersionResponse = z.output<typeof VersionResponse>;
