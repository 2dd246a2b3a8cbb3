import { z } from 'zod';

/**
 * Asks a writer to tell its whole state again: a new, restored or lapsed reader needs it (architecture rule 4). Behind the service
 * token, never a customer's key. Without a topic: all of the writer's; without an organization: every one.
 */
export const AnnounceAllRequest = z
  .object({
    topic: z.string().min(1).optional(),
    organization: z.string().min(1).optional(),
    /** The epoch that began on the topic: all that the caller wants is what is told in it, so a run of it that is under way will do. */
    epoch: z.int().positive().optional(),
  })
  .meta({ id: 'AnnounceAllRequest' });
export type AnnounceAllRequest = z.output<typeof AnnounceAllRequest>;

export const AnnounceAllResponse = z
  .looseObject({
    /**
     * Of the run that answers the request: a new one, or one that was asked for before and tells everything that this asks for. A run that
     * has begun may have passed what the caller misses, and is joined by who names its epoch; otherwise only those that still wait are. The
     * gateway joins its own, which keeps on from where it is (road 2.0 c).
     */
    runId: z.string(),
  })
  .meta({ id: 'AnnounceAllResponse' });
export type AnnounceAllResponse = z.output<typeof AnnounceAllResponse>;
