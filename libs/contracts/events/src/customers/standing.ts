import { z } from 'zod';

/**
 * How far a state may be trusted (architecture rule 5).
 * - `confirmed`: Stripe's API said so, or events that leave no doubt.
 * - `provisional`: shown at once, and being checked.
 * - `dirty`: known to be possibly wrong; what is shown is the last that was right.
 * - `unverified`: Stripe does not let us look it up; the newest event is all there is.
 */
export const Standing = z.enum(['confirmed', 'provisional', 'dirty', 'unverified']);
export type Standing = z.output<typeof Standing>;
