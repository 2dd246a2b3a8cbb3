import { z } from 'zod';

/** The 200 of `POST /webhooks/stripe/:connectionId`: stored, and from here on ours to deliver. */
export const StripeWebhookResponse = z
  .looseObject({
    received: z.literal(true),
    /** The event was here before; nothing is done again. */
    duplicate: z.boolean(),
  })
  .meta({ id: 'StripeWebhookResponse' });
export type StripeWebhookResponse = z.output<typeof StripeWebhookResponse>;
