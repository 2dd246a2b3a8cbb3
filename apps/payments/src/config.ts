import { ServiceConfig } from '@turnpike/service';
import { z } from 'zod';

/** What `payments` reads beside what every service does. */
export const Config = ServiceConfig.extend({
  /** Shorter finds sooner what no event told, and asks Stripe more often: one request for a hundred objects. */
  COMPARE_WITHIN_DAYS: z.coerce
    .number()
    .min(0)
    .max(365)
    .default(7)
    .describe('how often all that is mirrored is compared with Stripe, in days; 0 never'),
});
export type Config = z.infer<typeof Config>;
