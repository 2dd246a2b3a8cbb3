import { defineJob } from '@turnpike/jobs';
import { z } from 'zod';

/** How often the job is repeated when even noting a failure fails: the database is away. What Stripe answers is counted on the intent. */
const TRIES = 800;

export const SendIntent = defineJob({
  name: 'send-intent',
  data: z.object({ intentId: z.string().min(1), connectionId: z.string().min(1) }),
  retries: TRIES,
});
