import { defineJob } from '@turnpike/jobs';
import { z } from 'zod';

/** Apart from the job that does it: who enqueues it is called by it. */
export const RemindOfTrial = defineJob({ name: 'remind-of-trial', data: z.object({ subscriptionId: z.string().min(1) }) });
