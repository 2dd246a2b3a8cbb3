import { either, type Field, hash, text, timestamp } from './parameters.js';

/** Parts that many resources' parameters share. */

export interface TimeRange {
  readonly gt?: number;
  readonly gte?: number;
  readonly lt?: number;
  readonly lte?: number;
}

/** `created`: one instant, or a hash of bounds. */
export const timeRange = (): Field<number | TimeRange> =>
  either(hash({ gt: timestamp(), gte: timestamp(), lt: timestamp(), lte: timestamp() }), timestamp());

export function isWithin(at: number, range: number | TimeRange | undefined): boolean {
  if (range === undefined) return true;
  if (typeof range === 'number') return at === range;
  const { gt, gte, lt, lte } = range;
  return (
    (gt === undefined || at > gt) && (gte === undefined || at >= gte) && (lt === undefined || at < lt) && (lte === undefined || at <= lte)
  );
}

/** Whether an object has every value that a list was asked for; what was not sent asks for nothing. */
export function agrees<T extends object>(one: T, wanted: { readonly [Name in keyof T]?: unknown }): boolean {
  return Object.entries(wanted).every(([name, value]) => value === undefined || Reflect.get(one, name) === value);
}

export interface Address {
  readonly city: string | null;
  readonly country: string | null;
  readonly line1: string | null;
  readonly line2: string | null;
  readonly postal_code: string | null;
  readonly state: string | null;
}

export const addressField = () => hash({ city: text(), country: text(), line1: text(), line2: text(), postal_code: text(), state: text() });

export const EMPTY_ADDRESS: Address = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };

/** An address with every part, those that were not sent as null. */
export function toAddress(sent: Partial<Record<keyof Address, string | undefined>>): Address {
  return {
    city: sent.city || null,
    country: sent.country || null,
    line1: sent.line1 || null,
    line2: sent.line2 || null,
    postal_code: sent.postal_code || null,
    state: sent.state || null,
  };
}
