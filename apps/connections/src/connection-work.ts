import { defineJob } from '@turnpike/jobs';
import { z } from 'zod';

const OfConnection = z.object({ connectionId: z.string() });

/** Asks Stripe everything about a connection's keys; the next ones first, where some wait to be proved. */
export const VerifyConnection = defineJob({ name: 'verify-connection', data: OfConnection });

/** Sees that our webhook endpoint stands at Stripe, as it should be; or that a second one takes its place. */
export const PlaceEndpoint = defineJob({
  name: 'place-endpoint',
  data: z.object({ connectionId: z.string(), isRotation: z.boolean().default(false) }),
});

/** Deletes an endpoint that was replaced. */
export const RetireEndpoint = defineJob({ name: 'retire-endpoint', data: z.object({ connectionId: z.string(), endpointId: z.string() }) });

/** Deletes our endpoints at Stripe, then the credentials. */
export const RemoveConnection = defineJob({ name: 'remove-connection', data: OfConnection });
