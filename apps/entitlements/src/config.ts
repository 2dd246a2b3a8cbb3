import { ServiceConfig } from '@turnpike/service';
import { z } from 'zod';

export const Config = ServiceConfig.extend({
  /** Beyond so long without a proof that nothing was missed, answers say that they may be old. Shorter alarms sooner, also for a slow bus. */
  STALE_AFTER_SECONDS: z.coerce.number().min(1).max(300).default(10),
});
export type Config = z.infer<typeof Config>;
