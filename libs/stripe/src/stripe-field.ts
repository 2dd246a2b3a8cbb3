import { z } from 'zod';
import type { JsonObject } from './json.js';
import { isJsonObject } from './json.js';
import { UnknownStripeValue } from './unknown-stripe-value.error.js';
import { UnreadableStripeObject } from './unreadable-stripe-object.error.js';

/**
 * Text that any end customer may have typed. PostgreSQL stores neither U+0000 nor half a surrogate pair, and one such name
 * must not fail the batch that it came in.
 */
export const Text = z.string().transform((text) => text.replaceAll('\u0000', '').toWellFormed());

/** An id, or the object itself where the API version or an `expand` put it; `{ id, deleted: true }` included. */
export const IdOf = z.union([Text, z.object({ id: Text }).transform(({ id }) => id)]);

/** Stripe's epoch seconds as ISO 8601 in UTC. */
export const Time = z.int().transform((seconds) => new Date(seconds * 1000).toISOString());

/** Lower-case ISO 4217, as Stripe writes it. */
export const Currency = z
  .string()
  .regex(/^[a-z]{3}$/i)
  .transform((code) => code.toLowerCase());

const DECIMAL = /^(-?)0*(\d+)(?:\.(\d*?)0*)?$/;

/** A decimal string with up to 12 places in one spelling ('12.50' is '12.5'), so that two API versions compare as equal. */
export const DecimalText = z
  .string()
  .regex(/^-?\d+(\.\d*)?$/)
  .transform((decimal) => {
    const [, sign = '', whole = '0', fraction = ''] = DECIMAL.exec(decimal) ?? [];
    return fraction === '' ? `${whole === '0' ? '' : sign}${whole}` : `${sign}${whole}.${fraction}`;
  });

/** Metadata is the merchant's free text; what we keep of it is what we wrote there (requirement S8). */
export const OwnMetadata = z.custom<JsonObject>(isJsonObject).transform((metadata) => {
  const own: Record<string, string> = {};
  for (const [key, value] of Object.entries(metadata)) {
    if (key.startsWith('turnpike_') && typeof value === 'string') own[key] = Text.parse(value);
  }
  return own;
});

/** Reads an object at this door, once. */
export function readStripeObject<Shape extends z.ZodType>(name: string, shape: Shape, object: unknown): z.output<Shape> {
  const reading = shape.safeParse(object);
  if (reading.success) return reading.data;
  throw new UnreadableStripeObject(name, [...new Set(reading.error.issues.map((issue) => issue.path.join('.') || 'the object'))]);
}

/** Our word for Stripe's, or the named error. */
export function wordFor<Word extends string>(words: Readonly<Record<string, Word>>, field: string, value: string): Word {
  const word = Object.hasOwn(words, value) ? words[value] : undefined;
  if (word === undefined) throw new UnknownStripeValue(field, value);
  return word;
}
