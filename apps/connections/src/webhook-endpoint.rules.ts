import { sameJson } from '@turnpike/stripe';

/** Stripe answers a repeated call from its memory for at least a day; short of that it is surely the same answer (architecture rule 7). */
export const REPEATABLE_MS = 23 * 3_600_000;

/** For so long after its replacement an old secret is good: what Stripe signed with it and could not deliver is tried again meanwhile. */
export const OLD_SECRET_MS = 24 * 3_600_000;

/** What stands in an endpoint's metadata at Stripe: how ours are known among others. */
export const CONNECTION_MARK = 'turnpike_connection_id';
export const ENDPOINT_MARK = 'turnpike_endpoint_id';

/** An endpoint as Stripe has it. */
export interface EndpointAtStripe {
  readonly id: string;
  readonly url: string;
  readonly enabled_events: readonly string[];
  readonly status: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Whether it must be changed at Stripe: it moved, asks for other events, or was switched off (requirement C11). */
export function hasDrifted(at: EndpointAtStripe, wanted: { url: string; enabledEvents: readonly string[] }): boolean {
  return at.url !== wanted.url || at.status !== 'enabled' || !sameJson([...at.enabled_events].sort(), [...wanted.enabledEvents].sort());
}

/**
 * Endpoints that we made for this connection and have lost the secret of: a database was set back, or an answer never came. Their deliveries
 * could not be verified, so they are deleted.
 * @param known ids of ours that still mean something
 */
export function straysAmong(
  endpoints: readonly EndpointAtStripe[],
  connectionId: string,
  known: readonly string[],
): readonly EndpointAtStripe[] {
  return endpoints.filter(({ metadata }) => metadata[CONNECTION_MARK] === connectionId && !known.includes(metadata[ENDPOINT_MARK] ?? ''));
}
