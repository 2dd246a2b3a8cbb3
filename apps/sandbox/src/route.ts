import type { Change, State, StripeObject } from './state.js';
import { type Fields, type Raw, type ReadOf, readFields } from './parameters.js';

export type Method = 'GET' | 'POST' | 'DELETE';

/** One page of a list; the frame makes it from all that match (lists.ts). */
export interface Listing {
  /** All that match, newest first. The frame cuts the page by limit, starting_after and ending_before. */
  readonly all: readonly StripeObject[];
  /** The list's `url`: `/v1/customers`. */
  readonly url: string;
  /** What ids in starting_after are called in the text of its error: `customer`. */
  readonly name: string;
}

export interface Answer extends Change {
  /** An object, or `{ id, object, deleted: true }`, or a list. */
  readonly body: StripeObject | { readonly listing: Listing };
}

export interface RouteRequest<P> {
  /** Named parts of the path: `/v1/customers/:id` gives `id`. */
  readonly path: Readonly<Record<string, string>>;
  readonly parameters: P;
  /** The caller's key as Stripe shows it in texts: most of it stars. */
  readonly maskedKey: string;
  /** A publishable key asks: it sees only what it tells the client secret of. */
  readonly isPublishable: boolean;
  /** The wall clock. Objects of a test clock live at its time: see timeOf in resources/test-clocks.ts. */
  readonly now: number;
}

export interface UnreadRequest {
  readonly path: Readonly<Record<string, string>>;
  readonly raw: { readonly [name: string]: Raw };
  readonly maskedKey: string;
  readonly isPublishable: boolean;
  readonly now: number;
}

export interface Route {
  readonly method: Method;
  /** `/v1/customers/:id`. */
  readonly path: string;
  /** The middle of the permission that a restricted key needs: `customer` for rak_customer_read (GET) and rak_customer_write (H10). */
  readonly permission: string;
  /** Lists take limit, starting_after and ending_before besides their own parameters. */
  readonly lists: boolean;
  /** Takes publishable keys as well. */
  readonly publishable: boolean;
  run(state: State, request: UnreadRequest): Answer;
}

interface RouteDefinition<F extends Fields> {
  readonly method: Method;
  readonly path: string;
  readonly permission: string;
  readonly lists?: boolean;
  readonly publishable?: boolean;
  readonly parameters: F;
  run(state: State, request: RouteRequest<ReadOf<F>>): Answer;
}

/** A route whose parameters are read by their fields before `run` sees them. */
export function route<F extends Fields>(definition: RouteDefinition<F>): Route {
  const { method, path, permission, parameters, lists = false, publishable = false } = definition;
  return {
    method,
    path,
    permission,
    lists,
    publishable,
    run: (state, { raw, ...request }) => definition.run(state, { ...request, parameters: readFields(parameters, raw) }),
  };
}

/** `GET /v1/customers/:id`. @param existing throws where there is none */
export function retrieval(path: string, permission: string, existing: (state: State, id: string) => StripeObject): Route {
  return route({
    method: 'GET',
    path: `${path}/:id`,
    permission,
    parameters: {},
    run: (state, request) => shown(state, existing(state, request.path.id ?? '')),
  });
}

/** Everything the frame knows of one resource. */
export interface Resource {
  /** The `object` field of its objects. */
  readonly kind: string;
  readonly routes: readonly Route[];
  /** Fields that hold ids, and the kind they lead to: `{ customer: 'customer', 'invoice_settings.default_payment_method': 'payment_method' }`. */
  readonly expands?: Readonly<Record<string, string>>;
  /** Fields that are absent unless asked for by `expand` (G10), and how they are made. */
  readonly includes?: Readonly<Record<string, (state: State, object: StripeObject) => unknown>>;
  /** Fields that are stored with the object and likewise absent unless asked for. */
  readonly hidden?: readonly string[];
  /** What else happens when an event of another resource happens: a customer's deletion ends its subscriptions (K1). */
  readonly reactions?: Readonly<Record<string, (state: State, object: StripeObject, at: number) => Change>>;
}

/** A page of what matches, nothing changed. `all` is oldest first, as State lists it. */
export function listed(state: State, all: readonly StripeObject[], url: string, name: string): Answer {
  return { state, events: [], body: { listing: { all: all.toReversed(), url, name } } };
}

/** An object as it is, nothing changed. */
export function shown(state: State, object: StripeObject): Answer {
  return { state, events: [], body: object };
}
