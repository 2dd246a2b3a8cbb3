import { z } from 'zod';

/** An id, ours or Stripe's. */
export const Id = z.string().min(1).max(255);

/** RFC 3339 in UTC: `2026-11-21T09:00:00.000Z`. */
export const Instant = z.iso.datetime();

/** In a query everything is text: `?limit=20`. */
export const Limit = z.coerce.number().int().min(1).max(100).default(20);

/** The caller's own id of something. Metadata at Stripe holds 500 characters, and no database holds U+0000. */
export const ExternalId = z
  .string()
  .min(1)
  .max(500)
  .refine((text) => !text.includes('\u0000'), 'U+0000 cannot be kept');

/** What a person or a thing is called. */
export const PersonText = z
  .string()
  .min(1)
  .max(512)
  .refine((text) => !text.includes('\u0000'), 'U+0000 cannot be kept');
