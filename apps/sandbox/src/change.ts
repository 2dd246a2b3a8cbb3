import { isDeepStrictEqual } from 'node:util';
import type { Change, Emitted, Kind, Kinds, State, StripeObject } from './state.js';

/** Changes are built up step by step: each function takes one and gives the next, with what it told before. */

export interface Telling {
  /** The event's type; left out: nothing is told. */
  readonly type?: string;
  readonly at: number;
  readonly automatic?: boolean;
}

export const unchanged = (state: State): Change => ({ state, events: [] });

/** Goes on from a change with a function that makes another. */
export function then(change: Change, next: (state: State) => Change): Change {
  const { state, events } = next(change.state);
  return { state, events: [...change.events, ...events] };
}

/** Tells of an object without changing anything. */
export function told(change: Change, event: Emitted): Change {
  return { state: change.state, events: [...change.events, event] };
}

/** Adds a new object. */
export function made<T extends Kinds[Kind]>(change: Change, object: T, telling: Telling): Change {
  return { state: change.state.with(object), events: [...change.events, ...eventsOf(object, telling)] };
}

/** Puts an object in the place of the one of its id and tells what changed; silent when nothing did. */
export function updated<T extends Kinds[Kind]>(change: Change, object: T, telling: Telling): Change {
  const before = change.state.findAny(object.object, object.id);
  const previous = before === undefined ? {} : previousAttributes(before, object);
  if (Object.keys(previous).length === 0) return change;
  return { state: change.state.with(object), events: [...change.events, ...eventsOf(object, telling, previous)] };
}

/** Takes an object away; the event shows it as it last was. */
export function removed(change: Change, kind: Kind, id: string, telling: Telling): Change {
  const before = change.state.findAny(kind, id);
  if (before === undefined) return change;
  return { state: change.state.without(kind, id), events: [...change.events, ...eventsOf(before, telling)] };
}

/**
 * The old values of what changed, hashes only in their changed parts, arrays whole (B14).
 * A key that the old object did not have shows as null.
 */
export function previousAttributes(before: object, after: object): Record<string, unknown> {
  const old = new Map(Object.entries(before));
  const previous: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(after)) {
    const was: unknown = old.get(name);
    if (isDeepStrictEqual(was, value)) continue;
    previous[name] = isPlainHash(was) && isPlainHash(value) ? previousAttributes(was, value) : (was ?? null);
  }
  for (const [name, was] of old) if (!Object.hasOwn(after, name)) previous[name] = was;
  return previous;
}

function eventsOf(object: StripeObject, { type, at, automatic }: Telling, previous?: Record<string, unknown>): Emitted[] {
  if (type === undefined) return [];
  return [{ type, object, at, ...(previous && type.endsWith('.updated') ? { previous } : {}), ...(automatic ? { automatic } : {}) }];
}

const isPlainHash = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);
