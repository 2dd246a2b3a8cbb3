import type { State, StripeObject } from '../state.js';
import { beforeBasil } from './before-basil.js';
import { isBefore } from './versions.js';

/** A change of shapes in Stripe's history, told backwards: what an object looked like before that version. */
export interface Step {
  readonly version: string;
  readonly shapes: Readonly<Record<string, (object: StripeObject, state: State) => StripeObject>>;
}

/** Newest first: a version gets the shapes of every step that is newer than it. */
const STEPS: readonly Step[] = [beforeBasil];

/** A body in the shape of a version; objects inside it, expanded or in an event, likewise. */
export function renderedAt(body: unknown, version: string, state: State): unknown {
  return STEPS.filter((step) => isBefore(version, step.version)).reduce((next, step) => through(next, step, state), body);
}

function through(value: unknown, step: Step, state: State): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => through(one, step, state));
  if (typeof value !== 'object' || value === null) return value;
  // Outermost first: an old shape may show what stands inside, as a subscription its items' period.
  const shaped = shapeOf({ ...value }, step, state);
  // What customers wrote is no object of Stripe's, whatever its keys are.
  return Object.fromEntries(Object.entries(shaped).map(([name, one]) => [name, name === 'metadata' ? one : through(one, step, state)]));
}

function shapeOf(value: Readonly<Record<string, unknown>>, step: Step, state: State): Readonly<Record<string, unknown>> {
  const { id, object } = value;
  const shape = typeof object === 'string' ? step.shapes[object] : undefined;
  if (shape === undefined || typeof object !== 'string') return value;
  // An object without an id is a preview (B18), and stays without.
  return typeof id === 'string' ? shape({ ...value, object, id }, state) : value;
}
