import { ServiceConfig } from '@turnpike/service';
import { z } from 'zod';

export const Config = ServiceConfig.extend({
  /** Shorter finds sooner what no event told, and asks Stripe more often: one request for a hundred objects. */
  COMPARE_WITHIN_DAYS: z.coerce
    .number()
    .min(0)
    .max(365)
    .default(7)
    .describe('how often all that is mirrored is compared with Stripe, in days; 0 never'),
  /** Without it the links that Stripe's products carry back to us lead to this machine. What is written already keeps its link. */
  PUBLIC_URL: z.url().optional().describe('where people reach this installation'),
  SELF_URL: z.url().optional().describe('where this installation is reached from this machine'),
});
export type Config = z.infer<typeof Config>;
