import { z } from 'zod';

/**
 * Asks a writer to tell its whole state again: a new, restored or lapsed reader needs it (architecture rule 4). Behind the service
 * token, never a customer's key. Without a topic: all of the writer's; without an organization: every one.
 */
export const AnnounceAllRequest = z
  .object({ topic: z.string().min(1).optional(), organization: z.string().min(1).optional() })
  .meta({ id: 'AnnounceAllRequest' });
export type AnnounceAllRequest = z.output<typeof AnnounceAllRequest>;

export const AnnounceAllResponse = z
  .looseObject({
    /**
     * Of the run that answers the request: a new one, or one that was asked for before and tells everything that this asks for. A run that
     * has begun may have passed what the caller misses: customers joins only those that still wait. The gateway joins its own, which keeps
     * on from where it is (road 2.0 c).
     */
    runId: z.string(),
  })
  .meta({ id: 'AnnounceAllResponse' });
export type AnnounceAllResponse = z.output<typeof AnnounceAllResponse>;
