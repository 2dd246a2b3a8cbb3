import type { Environment } from '@turnpike/contracts-events';
import { DomainError } from '@turnpike/service';
import Stripe from 'stripe';
import { pacedHttpClient, type StripePace } from './paced-http-client.js';
import type { StripeCalls } from './stripe-calls.js';
import { refusalOfAddress, refusalOfKey, STRIPE_API_VERSION } from './stripe-address.rules.js';

/** Longer than Stripe takes for anything we ask; its own default is 80 s, which holds a worker too long. */
const TIMEOUT_MS = 20_000;

/** A key was about to be sent where it must not go. Nothing was sent. */
export class StripeAddressRefused extends DomainError {
  readonly kind = 'forbidden';
  readonly code = 'stripe_address_refused';
}

export interface StripeClientOptions {
  readonly environment: Environment;
  /** A secret or restricted key, or a publishable one for the few reads that take it. */
  readonly key: string;
  readonly baseUrl: string;
  readonly timeoutMs?: number;
  /** Counts and times what is asked. */
  readonly calls?: StripeCalls | undefined;
  /** Told after every answer: its HTTP status. */
  readonly onAnswer?: (status: number) => void;
  /** Each request waits for its turn. Not given: none does. */
  readonly pace?: StripePace;
}

/**
 * The SDK, pinned to our API version, for one key and one address; the only place that makes one. It never repeats by itself: whoever
 * asks decides, since a write must be repeated with its own idempotency key (architecture rule 7).
 * @throws StripeAddressRefused when a Sandbox's key would leave for Stripe, or a real one for anywhere else
 */
export function stripeClient({ environment, key, baseUrl, timeoutMs = TIMEOUT_MS, calls, onAnswer, pace }: StripeClientOptions): Stripe {
  const refusal = refusalOfAddress(environment, baseUrl) ?? (key.startsWith('pk_') ? null : refusalOfKey(environment, key));
  if (refusal !== null) throw new StripeAddressRefused(`Nothing was sent to Stripe: ${refusal}.`);
  const url = new URL(baseUrl);
  const isHttps = url.protocol === 'https:';
  const network = calls ? calls.watched() : Stripe.createNodeHttpClient();
  const stripe = new Stripe(key, {
    apiVersion: STRIPE_API_VERSION,
    protocol: isHttps ? 'https' : 'http',
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (isHttps ? 443 : 80) : Number(url.port),
    timeout: timeoutMs,
    maxNetworkRetries: 0,
    telemetry: false,
    appInfo: { name: 'Turnpike' },
    httpClient: pace ? pacedHttpClient(pace, network) : network,
  });
  if (onAnswer) stripe.on('response', (answer: Stripe.ResponseEvent) => onAnswer(answer.status));
  return stripe;
}
