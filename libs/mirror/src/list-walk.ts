import type { Environment } from '@turnpike/contracts-events';
import type { JsonObject } from '@turnpike/stripe';
import type Stripe from 'stripe';

/** The parameters of one page, in Stripe's words. */
export interface ListPageRequest {
  readonly limit: number;
  readonly starting_after?: string;
  /** Epoch seconds; only where `takesCreated`. */
  readonly created?: { readonly gte?: number; readonly lt?: number };
  /** Only where `isPerClock`. */
  readonly test_clock?: string;
}

/** A page as the SDK answers it. */
export interface ListPage<E extends object = object> {
  readonly data: readonly E[];
  readonly has_more: boolean;
}

/** How all objects of a kind are listed at Stripe, the ended ones as well. */
export interface ListWalk<E extends object = object> {
  /** One page, newest first. */
  list(stripe: Stripe, page: ListPageRequest): Promise<ListPage<E>>;
  /** False: the list leaves something of this entry out (road 5.4), so it is looked up by itself. Without it every entry is whole. */
  isWhole?(entry: JsonObject): boolean;
  /** Kinds of this service that are walked first, since this one names them. */
  readonly after?: readonly string[];
  /** The list can be asked for a span of `created`, so that several spans are read side by side. */
  readonly takesCreated: boolean;
  /** What lives on a test clock is listed only when that clock is named. */
  readonly isPerClock?: boolean;
  /** Where there is such a list; everywhere unless told. */
  readonly environments?: readonly Environment[];
}
