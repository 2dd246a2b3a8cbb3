import { defineJob } from '@turnpike/jobs';
import { z } from 'zod';

/** With pauses that grow to an hour, more than a month: a mail server that is away delays a mail and never loses it. */
const TRIES = 800;

/** Apart from the job that does it: who enqueues it is called by it. */
export const SendNotification = defineJob({
  name: 'send-notification',
  data: z.object({ notificationId: z.string().min(1) }),
  retries: TRIES,
});
