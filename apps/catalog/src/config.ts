import { ServiceConfig } from '@turnpike/service';
import { z } from 'zod';

export const Config = ServiceConfig.extend({
  /** Without it the links that Stripe's products carry back to us lead to this machine. What is written already keeps its link. */
  PUBLIC_URL: z.url().optional().describe('where people reach this installation'),
  SELF_URL: z.url().optional().describe('where this installation is reached from this machine'),
});
export type Config = z.infer<typeof Config>;
