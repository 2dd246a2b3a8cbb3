import type { State, StripeObject } from '../state.js';

export interface WebhookEndpoint extends StripeObject {
  readonly object: 'webhook_endpoint';
  /** null: deliveries are in the account's version. */
  readonly api_version: string | null;
  readonly created: number;
  readonly description: string | null;
  readonly enabled_events: readonly string[];
  readonly livemode: false;
  readonly metadata: Readonly<Record<string, string>>;
  readonly status: 'enabled' | 'disabled';
  readonly url: string;
}
/** Beside the endpoint, since its object shows the secret once and never again (B8). */
interface WebhookSecrets extends StripeObject {
  readonly object: 'sandbox.webhook_secrets';
  /** Newest first; `until` in seconds: an old one signs beside the new for up to 24 h (A4). */
  readonly secrets: ReadonlyArray<{ readonly secret: string; readonly until: number | null }>;
}
declare module '../state.js' {
  interface Kinds {
    webhook_endpoint: WebhookEndpoint;
    'sandbox.webhook_secrets': WebhookSecrets;
  }
}

/** Types that `*` does not stand for: they must be named (B10). */
const ONLY_BY_NAME: ReadonlySet<string> = new Set(['issuing_authorization.request']);

export function receives(endpoint: WebhookEndpoint, type: string): boolean {
  if (endpoint.status !== 'enabled') return false;
  return endpoint.enabled_events.includes(type) || (endpoint.enabled_events.includes('*') && !ONLY_BY_NAME.has(type));
}

export const newSecret = (state: State): string => `whsec_${state.newSecret(32)}`;

export function withSecret(state: State, endpoint: string, secret: string): State {
  return state.with({ id: endpoint, object: 'sandbox.webhook_secrets', secrets: [{ secret, until: null }] });
}

/** A new secret; the old one goes on signing beside it until it expires (A4). */
export function rolledSecret(state: State, endpoint: string, expiresAt: number, now: number): { state: State; secret: string } {
  const secret = newSecret(state);
  const before = state.find('sandbox.webhook_secrets', endpoint)?.secrets ?? [];
  const old = before
    .map((one) => ({ secret: one.secret, until: Math.min(one.until ?? expiresAt, expiresAt) }))
    .filter((one) => one.until > now);
  return { state: state.with({ id: endpoint, object: 'sandbox.webhook_secrets', secrets: [{ secret, until: null }, ...old] }), secret };
}

export function secretsOf(state: State, endpoint: string, now: number): readonly string[] {
  const secrets = state.find('sandbox.webhook_secrets', endpoint)?.secrets ?? [];
  return secrets.filter((one) => one.until === null || one.until > now).map((one) => one.secret);
}
