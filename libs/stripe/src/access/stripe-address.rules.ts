import type { Environment } from '@turnpike/contracts-events';

/** Where Stripe is, for every environment but `sandbox`. Not configurable: a key must not be sent elsewhere by a setting. */
export const STRIPE_URL = 'https://api.stripe.com';

/** The one API version that this installation speaks; everything that Stripe renders for us, webhooks included, is of it. */
export const STRIPE_API_VERSION = '2026-10-28.endive';

export type KeyKind = 'secret' | 'restricted' | 'publishable';
export interface KeyReading {
  readonly kind: KeyKind;
  readonly mode: 'test' | 'live';
  /** What may be shown of it. */
  readonly last4: string;
}

const KINDS: Readonly<Record<string, KeyKind>> = { sk: 'secret', rk: 'restricted', pk: 'publishable' };

/** What a key says about itself (https://docs.stripe.com/keys). Null when it is none of the kinds that a connection takes. */
export function readKey(key: string): KeyReading | null {
  const [, kind = '', mode] = /^(sk|rk|pk)_(test|live)_[A-Za-z0-9_]{4,}$/.exec(key) ?? [];
  const known = KINDS[kind];
  return known && (mode === 'test' || mode === 'live') ? { kind: known, mode, last4: key.slice(-4) } : null;
}

/** Stripe's word for the mode an environment needs: a sandbox's keys look like test keys (requirements §6.1). */
export function modeOf(environment: Environment): 'test' | 'live' {
  return environment === 'live' ? 'live' : 'test';
}

/** Whether Stripe itself is at this host: there a key of the Sandbox must never go. */
export function isStripeHost(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  return ['stripe.com', 'stripe.network', 'stripecdn.com', 'stripe.dev'].some((one) => name === one || name.endsWith(`.${one}`));
}

/**
 * Whether a host lies on this machine or in its private network (RFC 1918, RFC 4193, RFC 6761, RFC 6762): where a Sandbox may be. A name
 * without a dot is one of a container network; such names are not in the public DNS.
 */
export function isPrivateHost(host: string): boolean {
  const name = host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
  if (name === '::1' || /^f[cd][0-9a-f]{2}:/.test(name)) return true;
  const quad = /^(\d{1,3})\.(\d{1,3})\.\d{1,3}\.\d{1,3}$/.exec(name);
  if (quad) {
    const [first, second] = [Number(quad[1]), Number(quad[2])];
    return first === 127 || first === 10 || (first === 192 && second === 168) || (first === 172 && second >= 16 && second <= 31);
  }
  if (name.includes(':')) return false;
  return !name.includes('.') || /\.(localhost|local|internal|svc|test)$/.test(name);
}

/** Why a key of this environment must not be sent to this address; null when it may. */
export function refusalOfAddress(environment: Environment, baseUrl: string): string | null {
  const url = URL.parse(baseUrl);
  if (!url) return 'this is no URL';
  if (environment !== 'sandbox')
    return url.origin === STRIPE_URL ? null : `keys of the environment ${environment} go to ${STRIPE_URL} and nowhere else`;
  if (isStripeHost(url.hostname)) return 'a key of the environment sandbox never goes to Stripe';
  if (!['http:', 'https:'].includes(url.protocol)) return 'it must be http or https';
  if (url.pathname !== '/' || url.search !== '' || url.username !== '' || url.password !== '')
    return 'it must be an address without a path';
  return isPrivateHost(url.hostname) ? null : 'a Sandbox must be on this machine or in its private network';
}

/** Why a key must not be used in this environment; null when it may. */
export function refusalOfKey(environment: Environment, key: string): string | null {
  const reading = readKey(key);
  if (!reading || reading.kind === 'publishable') return 'this is no secret or restricted key (sk_… or rk_…)';
  const mode = modeOf(environment);
  return reading.mode === mode ? null : `the environment ${environment} needs a ${mode} key`;
}
