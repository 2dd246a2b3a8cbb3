import { invalidRequest } from './stripe-error.js';

/**
 * Parameters of a request: what Stripe takes, and its answer to what it does not (H5). Every field may be left out unless `required`.
 * Forms know only strings: a field reads its own type from one. An empty string clears: `clearable` fields read it as null.
 */

/** A parsed form (Stripe's bracket syntax) or JSON body: strings, arrays and hashes. */
export type Raw = string | number | boolean | null | readonly Raw[] | { readonly [name: string]: Raw };

export interface Field<T> {
  /** `param` is the path as Stripe writes it: `items[0][price]`. Throws a StripeError. */
  read(raw: Raw, param: string): T;
}
export interface RequiredField<T> extends Field<T> {
  readonly required: true;
}
export type Fields = Readonly<Record<string, Field<unknown>>>;

/** What a request's parameters are after reading; undefined: not sent. */
export type ReadOf<F extends Fields> = {
  readonly [N in keyof F as F[N] extends RequiredField<unknown> ? N : never]: F[N] extends Field<infer T> ? T : never;
} & {
  readonly [N in keyof F as F[N] extends RequiredField<unknown> ? never : N]?: F[N] extends Field<infer T> ? T | undefined : never;
};

export const required = <T>(field: Field<T>): RequiredField<T> => ({ read: (raw, param) => field.read(raw, param), required: true });

/** '' reads as null: the value is to be unset. */
export const clearable = <T>(field: Field<T>): Field<T | null> => ({
  read: (raw, param) => (raw === '' || raw === null ? null : field.read(raw, param)),
});

export function text(limits: { max?: number } = {}): Field<string> {
  const max = limits.max ?? 5000;
  return {
    read(raw, param) {
      const value = plain(raw, param, 'string');
      if (value.length > max) {
        throw invalidRequest(`Invalid string: ${value.slice(0, 10)}…${value.slice(-10)}; must be at most ${max} characters`, { param });
      }
      return value;
    },
  };
}

export function integer(limits: { min?: number; max?: number } = {}): Field<number> {
  return {
    read(raw, param) {
      const value = plain(raw, param, 'integer');
      if (!/^-?\d+$/.test(value)) throw invalidRequest(`Invalid integer: ${value}`, { code: 'parameter_invalid_integer', param });
      const number = Number(value);
      if (limits.min !== undefined && number < limits.min) {
        throw invalidRequest(`This value must be greater than or equal to ${limits.min}.`, { code: 'parameter_invalid_integer', param });
      }
      if (limits.max !== undefined && number > limits.max) {
        throw invalidRequest(`This value must be less than or equal to ${limits.max}.`, { code: 'parameter_invalid_integer', param });
      }
      return number;
    },
  };
}

/** A number with a decimal point, kept as its text: Stripe's decimals are strings on the wire (E9). */
export function decimal(): Field<string> {
  return {
    read(raw, param) {
      const value = plain(raw, param, 'decimal');
      if (!/^-?\d+(\.\d{1,12})?$/.test(value)) throw invalidRequest(`Invalid decimal: ${value}`, { param });
      return value;
    },
  };
}

export function boolean(): Field<boolean> {
  return {
    read(raw, param) {
      const value = plain(raw, param, 'boolean');
      if (value !== 'true' && value !== 'false') throw invalidRequest(`Invalid boolean: ${value}`, { param });
      return value === 'true';
    },
  };
}

/** Seconds since 1970. */
export function timestamp(): Field<number> {
  return {
    read(raw, param) {
      const value = plain(raw, param, 'timestamp');
      if (!/^\d{1,11}$/.test(value)) {
        throw invalidRequest(`Invalid timestamp: must be an integer Unix timestamp. You passed in "${value}".`, { param });
      }
      return Number(value);
    },
  };
}

export function oneOf<const V extends readonly string[]>(...values: V): Field<V[number]> {
  return {
    read(raw, param) {
      const value = plain(raw, param, 'string');
      const known = values.find((one) => one === value);
      if (known !== undefined) return known;
      const last = values.at(-1) ?? '';
      const all = values.length > 1 ? `${values.slice(0, -1).join(', ')}, or ${last}` : last;
      throw invalidRequest(`Invalid ${param}: must be one of ${all}`, { param });
    },
  };
}

/** The first field that takes the value wins; for Stripe's "timestamp or 'now'". */
export function either<A, B>(first: Field<A>, second: Field<B>): Field<A | B> {
  return {
    read(raw, param) {
      try {
        return first.read(raw, param);
      } catch {
        return second.read(raw, param);
      }
    },
  };
}

export function list<T>(of: Field<T>, limits: { max?: number } = {}): Field<readonly T[]> {
  return {
    read(raw, param) {
      // Stripe's forms number their entries (items[0]), and an empty string empties the list.
      const entries = raw === '' ? [] : Array.isArray(raw) ? raw : undefined;
      if (entries === undefined) throw invalidRequest(`Invalid array`, { param });
      if (limits.max !== undefined && entries.length > limits.max) {
        throw invalidRequest(`Array ${param} exceeded maximum ${limits.max} allowed elements.`, { param });
      }
      return entries.map((entry, index) => of.read(entry, `${param}[${index}]`));
    },
  };
}

export function hash<F extends Fields>(fields: F): Field<ReadOf<F>> {
  return {
    read(raw, param) {
      if (!isHash(raw)) throw invalidRequest('Invalid object', { code: 'parameter_invalid_empty', param });
      return readFields(fields, raw, param);
    },
  };
}

/** Takes anything and keeps it as it came: for parameters that the sandbox lets through without acting on them. */
export const anything = (): Field<Raw> => ({ read: (raw) => raw });

/** J18: at most 50 keys of 40 characters, values of 500; '' as a value removes its key, '' as the whole removes all (null). */
export function metadata(): Field<Readonly<Record<string, string>> | null> {
  return {
    read(raw, param) {
      if (raw === '' || raw === null) return null;
      if (!isHash(raw)) throw invalidRequest('Invalid object', { param });
      const entries = Object.entries(raw).map(([key, value]): [string, string] => {
        if (key.length > 40) {
          throw invalidRequest(
            `Metadata keys can have up to 40 characters, but you passed in a key that is ${key.length} characters. Invalid key: ${key}`,
            { param },
          );
        }
        const read = value === null ? '' : plain(value, `${param}[${key}]`, 'string');
        if (read.length > 500) {
          throw invalidRequest(
            `Metadata values can have up to 500 characters, but you passed in a value that is ${read.length} characters. Invalid value: ${read}`,
            { param: `${param}[${key}]` },
          );
        }
        return [key, read];
      });
      return Object.fromEntries(entries);
    },
  };
}

/** Metadata after an update: named keys set, those with '' removed, others as they were; null removes all (J18). */
export function mergedMetadata(
  before: Readonly<Record<string, string>>,
  sent: Readonly<Record<string, string>> | null | undefined,
): Readonly<Record<string, string>> {
  if (sent === undefined) return before;
  const merged = Object.fromEntries(Object.entries({ ...(sent === null ? {} : before), ...sent }).filter(([, value]) => value !== ''));
  if (Object.keys(merged).length > 50) {
    throw invalidRequest('You can only specify up to 50 metadata keys on an object.', { param: 'metadata' });
  }
  return merged;
}

/** All parameters of a request. `expand` is the frame's, and never comes here. */
export function readFields<F extends Fields>(fields: F, raw: { readonly [name: string]: Raw }, within = ''): ReadOf<F> {
  const pathOf = (name: string): string => (within === '' ? name : `${within}[${name}]`);
  const read: Record<string, unknown> = {};
  const unknown = Object.keys(raw).find((name) => !Object.hasOwn(fields, name));
  if (unknown !== undefined) {
    throw invalidRequest(`Received unknown parameter: ${pathOf(unknown)}`, { code: 'parameter_unknown', param: pathOf(unknown) });
  }
  for (const [name, field] of Object.entries(fields)) {
    const value = raw[name];
    if (value !== undefined) read[name] = field.read(value, pathOf(name));
    else if ('required' in field) {
      throw invalidRequest(`Missing required param: ${pathOf(name)}.`, { code: 'parameter_missing', param: pathOf(name) });
    }
  }
  // Every name was read by the field of that name: TypeScript cannot follow a loop over keys.
  return read as ReadOf<F>;
}

function plain(raw: Raw, param: string, type: string): string {
  if (typeof raw === 'string') return raw;
  if (typeof raw === 'number' || typeof raw === 'boolean') return String(raw);
  throw invalidRequest(`Invalid ${type}: ${JSON.stringify(raw)}`, { param });
}

export function isHash(raw: Raw): raw is { readonly [name: string]: Raw } {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw);
}
