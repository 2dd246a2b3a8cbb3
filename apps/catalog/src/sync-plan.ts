import { defineJob } from '@turnpike/jobs';
import { z } from 'zod';

/** Brings one plan to every Stripe account, as far as it is not there. */
export const SyncPlan = defineJob({ name: 'sync-plan', data: z.object({ planId: z.string().min(1) }) });

/** Looks at every plan for one connection: it works now, or is removed. A page of plans at a time. */
export const FillConnection = defineJob({
  name: 'fill-connection',
  data: z.object({ connectionId: z.string().min(1), afterPlanId: z.string() }),
});
