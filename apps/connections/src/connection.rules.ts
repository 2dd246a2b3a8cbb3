import type { ConnectionStatus, Environment, IngestMode } from '@turnpike/contracts-events';
import type { ConnectionProfile } from '@turnpike/contracts-http';
import { modeOf, readKey } from '@turnpike/stripe';

export type KeyRefusal = 'mode_mismatch' | 'key_pair_mismatch' | 'key_too_wide';

/** What is wrong with a pair of keys that can be seen without asking Stripe (requirements U5, U7, B10); null: nothing. */
export function refusalOfKeys(
  environment: Environment,
  profile: ConnectionProfile,
  keys: { readonly publishableKey: string; readonly secretKey: string },
): KeyRefusal | null {
  const secret = readKey(keys.secretKey);
  const publishable = readKey(keys.publishableKey);
  if (!secret || !publishable || secret.mode !== publishable.mode) return 'key_pair_mismatch';
  if (secret.mode !== modeOf(environment)) return 'mode_mismatch';
  // A secret key may do everything; "read-only" has to be a property of the key and not of our good will.
  return profile === 'signals_readonly' && secret.kind === 'secret' ? 'key_too_wide' : null;
}

export interface PublicAddresses {
  readonly publicUrl: string | undefined;
  readonly selfUrl: string | undefined;
}

/** Where Stripe shall send a connection's events; null where it cannot reach us, and its events are polled. */
export function webhookUrlOf(environment: Environment, connectionId: string, { publicUrl, selfUrl }: PublicAddresses): string | null {
  const origin = environment === 'sandbox' ? selfUrl : publicUrl;
  if (origin === undefined) return null;
  // Stripe takes plain http in test mode only (https://docs.stripe.com/webhooks#register-webhook).
  if (environment === 'live' && !origin.startsWith('https:')) return null;
  return `${origin}/webhooks/stripe/${connectionId}`;
}

/** Whether its keys may be used at Stripe: it was proved, and nothing has taken that back. */
export function isUsable(status: ConnectionStatus): boolean {
  return status === 'verified' || status === 'degraded';
}

/** Whether it is on its way out or gone: nothing can be done with it any more. */
export function isOver(status: ConnectionStatus): boolean {
  return status === 'removing' || status === 'removed';
}

export interface IngestFacts {
  readonly hasKeys: boolean;
  /** The declared file gave it a webhook secret: an endpoint that somebody else looks after. */
  readonly hasDeclaredSecret: boolean;
  readonly hasEndpoint: boolean;
  /** Stripe would not say whether our endpoint still stands. */
  readonly isEndpointInDoubt: boolean;
}

/** How Stripe's events reach us (requirements X1, X2): by webhook where an endpoint stands, polled otherwise, both where that is in doubt. */
export function ingestModeOf({ hasKeys, hasDeclaredSecret, hasEndpoint, isEndpointInDoubt }: IngestFacts): IngestMode {
  if (!hasKeys) return 'webhook';
  if (hasEndpoint) return isEndpointInDoubt ? 'both' : 'webhook';
  return hasDeclaredSecret ? 'both' : 'polling';
}
