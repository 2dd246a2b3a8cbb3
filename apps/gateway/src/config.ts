import { ServiceConfig } from '@turnpike/service';
import { z } from 'zod';

const KEY_BYTES = 32;
const MasterKey = z
  .string()
  .refine((text) => /^[A-Za-z0-9+/]{43}=$/.test(text), { message: 'is not the base64 of 32 bytes' })
  .transform((text) => Buffer.from(text, 'base64'))
  .refine((key) => key.length === KEY_BYTES, { message: 'is not the base64 of 32 bytes' });

/** What the gateway reads from its environment, beside what every service has. */
export const Config = ServiceConfig.extend({
  /** Each environment's own keys are derived from it. Lost, the bodies of the last 30 days cannot be read: they cannot be announced again. */
  WEBHOOK_BODY_KEY: MasterKey.describe(
    'base64 of 32 random bytes: stored webhook bodies are encrypted under it; `openssl rand -base64 32` makes one',
  ),
  /** Set the old key here when a new one takes its place, and remove it 30 days later. */
  WEBHOOK_BODY_KEY_BEFORE: MasterKey.optional().describe(
    'the WEBHOOK_BODY_KEY before this one: bodies that it encrypted can still be read',
  ),
  /** Longer accepts what was recorded longer ago and is played again; shorter refuses Stripe when clocks differ. 0 accepts any age. */
  WEBHOOK_TOLERANCE_SECONDS: z.coerce.number().int().min(0).max(3_600).default(300).describe('how old a signature may be'),
  /** More shares one commit among more deliveries; each of them waits for all. */
  INGEST_BATCH_MAX: z.coerce
    .number()
    .int()
    .min(1)
    .max(500)
    .default(64)
    .describe('the most deliveries of an organization that are stored in one transaction'),
  /** Shorter shows sooner what no webhook tells; each poll is one request to Stripe per connection. */
  POLL_EVERY_SECONDS: z.coerce
    .number()
    .min(0.05)
    .max(3_600)
    .default(5)
    .describe('how often Stripe is asked for the events of connections without a webhook endpoint'),
  /** Longer heals later what webhooks missed; each look is one request to Stripe per connection while nothing happens. */
  SWEEP_EVERY_SECONDS: z.coerce
    .number()
    .min(0.05)
    .max(3_600)
    .default(60)
    .describe('how often Stripe is asked for events that no webhook brought, of connections that have an endpoint'),
  /** Shorter heals sooner and takes webhooks for missed that are only late; a late one does no harm. */
  SWEEP_GRACE_SECONDS: z.coerce
    .number()
    .min(0.05)
    .max(600)
    .default(20)
    .describe('how long a webhook may take before its event counts as missed'),
  /** One gathers the most; two overlap one transaction's commit with the next one's work. */
  INGEST_BATCHES_AT_ONCE: z.coerce
    .number()
    .int()
    .min(1)
    .max(8)
    .default(1)
    .describe('the most transactions at once that store deliveries of one organization'),
});
export type Config = z.infer<typeof Config>;
