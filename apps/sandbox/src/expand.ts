import { list, text } from './parameters.js';
import type { RawHash } from './form.js';
import type { Resource } from './route.js';
import type { State, StripeObject } from './state.js';
import { invalidRequest } from './stripe-error.js';

const MOST_LEVELS = 4;
const MOST_EMBEDDED = 10;
const paths = list(text());

/** Takes `expand` out of a request's parameters. */
export function readExpand(raw: RawHash): { expand: readonly string[]; rest: RawHash } {
  const { expand, ...rest } = raw;
  if (expand === undefined) return { expand: [], rest };
  const read = paths.read(typeof expand === 'string' && expand !== '' ? [expand] : expand, 'expand');
  for (const path of read) {
    if (path.split('.').length <= MOST_LEVELS) continue;
    throw invalidRequest(`You cannot expand more than ${MOST_LEVELS} levels of a property. Property: ${path}`, {
      code: 'property_expansion_max_depth',
      param: 'expand',
    });
  }
  return { expand: read, rest };
}

export class Expander {
  private readonly byKind: ReadonlyMap<string, Resource>;

  constructor(resources: readonly Resource[]) {
    this.byKind = new Map(resources.map((resource) => [resource.kind, resource]));
  }

  /** An object as answers show it: without the fields that must be asked for (G10), its lists cut, whatever stands inside it likewise. */
  readonly bare = (object: StripeObject): StripeObject => {
    const shown = this.without(object);
    // What `without` takes away from an object is never its id or kind.
    return shown as StripeObject;
  };

  expanded(body: unknown, expand: readonly string[], state: State): unknown {
    return expand.reduce((next, path) => this.along(next, path.split('.'), path, state), body);
  }

  private without(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((one: unknown) => this.without(one));
    if (!isHash(value)) return value;
    const hidden = this.resourceOf(value)?.hidden ?? [];
    const entries = Object.entries(value).filter(([name]) => !hidden.includes(name));
    // What customers wrote is no object of Stripe's, whatever its keys are.
    return Object.fromEntries(entries.map(([name, inner]) => [name, name === 'metadata' ? inner : this.without(cut(inner))]));
  }

  private along(value: unknown, segments: readonly string[], path: string, state: State): unknown {
    if (segments.length === 0 || value === null || value === undefined) return value;
    if (Array.isArray(value)) return value.map((one: unknown) => this.along(one, segments, path, state));
    if (!isHash(value)) throw notExpandable(path);
    const [first = '', ...rest] = segments;
    const resource = this.resourceOf(value);
    if (value.object === 'list') {
      if (first === 'total_count') throw invalidRequest('This property cannot be included (total_count)', { param: 'expand[]' });
      if (first !== 'data') throw notExpandable(path);
      return { ...value, data: this.along(value.data, rest, path, state) };
    }
    if (resource === undefined) return this.inside(value, first, rest, path, state);
    return this.ofResource(resource, value, segments, path, state);
  }

  private ofResource(resource: Resource, value: Hash, segments: readonly string[], path: string, state: State): unknown {
    const [first = '', ...rest] = segments;
    const asked = this.askedFor(resource, value, first, state);
    if (asked !== undefined) return { ...value, [first]: this.along(this.without(asked.value), rest, path, state) };

    // A reference may stand some hashes deep: `parent.subscription_details.subscription`.
    for (let length = 1; length <= segments.length; length += 1) {
      const field = segments.slice(0, length).join('.');
      const kind = resource.expands?.[field];
      if (kind === undefined) continue;
      return changedAt(value, segments.slice(0, length), (id) =>
        this.along(this.referred(id, kind, state), segments.slice(length), path, state),
      );
    }
    return this.inside(value, first, rest, path, state);
  }

  /** A field that is there only when asked for; undefined: this is none. */
  private askedFor(resource: Resource, value: Hash, field: string, state: State): { value: unknown } | undefined {
    const stored = typeof value.id === 'string' ? state.findAny(resource.kind, value.id) : undefined;
    if (stored === undefined) return undefined;
    if (resource.hidden?.includes(field)) return { value: stored[field] ?? null };
    const make = resource.includes?.[field];
    return make === undefined ? undefined : { value: make(state, stored) };
  }

  private referred(id: unknown, kind: string, state: State): unknown {
    if (typeof id !== 'string') return Array.isArray(id) ? id.map((one: unknown) => this.referred(one, kind, state)) : id;
    const object = state.findAny(kind, id);
    return object === undefined ? id : this.without(object);
  }

  /** Goes on inside a hash or an object that stands there whole, as a subscription's items. */
  private inside(value: Hash, first: string, rest: readonly string[], path: string, state: State): unknown {
    const inner = value[first];
    if (rest.length === 0 || (!isHash(inner) && !Array.isArray(inner))) {
      // An object that stands there whole needs no expanding; null has nothing to show.
      if (inner === null || (isHash(inner) && typeof inner.object === 'string')) return value;
      throw notExpandable(path);
    }
    return { ...value, [first]: this.along(inner, rest, path, state) };
  }

  private resourceOf(value: Hash): Resource | undefined {
    return typeof value.object === 'string' ? this.byKind.get(value.object) : undefined;
  }
}

type Hash = Readonly<Record<string, unknown>>;
const isHash = (value: unknown): value is Hash => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A list inside an object shows its first ten; all of them are at its `url`. */
function cut(value: unknown): unknown {
  if (!isHash(value) || value.object !== 'list' || !Array.isArray(value.data) || value.data.length <= MOST_EMBEDDED) return value;
  return { ...value, data: value.data.slice(0, MOST_EMBEDDED), has_more: true };
}

const notExpandable = (path: string): Error => invalidRequest(`This property cannot be expanded (${path}).`, { param: 'expand[]' });

function changedAt(value: Hash, [first = '', ...rest]: readonly string[], change: (inner: unknown) => unknown): Hash {
  const inner = value[first];
  if (rest.length === 0) return inner === undefined ? value : { ...value, [first]: change(inner) };
  return isHash(inner) ? { ...value, [first]: changedAt(inner, rest, change) } : value;
}
