import { z } from 'zod';

/** An id, ours or Stripe's. */
export const Id = z.string().min(1).max(255);

/** RFC 3339 in UTC: `2026-11-21T09:00:00.000Z`. */
export const Instant = z.iso.datetime();

/** In a query everything is text: `?limit=20`. */
export const Limit = z.coerce.number().int().min(1).max(100).default(20);
