import { z } from 'zod';

/** What JSON.parse can give. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/**
 * Somebody else's object, passed on as it is. Only the outermost level is looked at: it was parsed from JSON, so it is JSON, and
 * walking it again would cost as much as the rest of the road.
 */
export const JsonObject = z.record(z.string(), z.custom<JsonValue>());
export type JsonObject = z.output<typeof JsonObject>;

/** An id, ours or Stripe's. Without an upper bound: what others send is not ours to cut. */
export const Id = z.string().min(1);

/** RFC 3339 in UTC: `2026-11-21T09:00:00.000Z`. */
export const Instant = z.iso.datetime();
