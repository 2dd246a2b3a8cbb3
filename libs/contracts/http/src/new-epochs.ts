import { z } from 'zod';

/** Tells a service that its database was set back. Nothing needs to be said with it. */
export const RestoredRequest = z.object({}).meta({ id: 'RestoredRequest' });

export const RestoredResponse = z
  .looseObject({
    /** The service begins a new epoch as soon as one of its replicas leads, and tells everything again in it. */
    willTellAgain: z.literal(true),
  })
  .meta({ id: 'RestoredResponse' });

/** Has everything told again that a service keeps of one organization. */
export const RebuildRequest = z.object({ organization: z.string().min(1) }).meta({ id: 'RebuildRequest' });

export const RebuildResponse = z
  .looseObject({
    /** The topics whose writers were asked. */
    topics: z.array(z.string()),
  })
  .meta({ id: 'RebuildResponse' });
