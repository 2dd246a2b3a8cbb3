import { defineJob } from '@turnpike/jobs';
import { z } from 'zod';

/** A Stripe customer names an external id that a customer of ours has who is not at Stripe yet. */
export const LinkCustomer = defineJob({
  name: 'link-customer',
  data: z.object({ connectionId: z.string(), stripeId: z.string() }),
});
