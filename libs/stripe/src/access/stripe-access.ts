import type { Scope } from '@turnpike/contracts-events';
import type { StripeLane } from '@turnpike/contracts-http';
import { DomainError, type ServiceConfig } from '@turnpike/service';
import type Stripe from 'stripe';
import { ConnectionsDoor, type StripeCredentials } from './connections-door.js';
import { RateShare } from './rate-share.js';
import type { StripeCalls } from './stripe-calls.js';
import { stripeClient } from './stripe-client.js';

/** How long a secret may be remembered: a removed connection is used no longer than that. */
const REMEMBERED_MS = 60_000;

/** The connection exists and its key must not be used: not proved yet, refused by Stripe, or removed. Its page says what to do. */
export class ConnectionNotUsable extends DomainError {
  readonly kind = 'conflict';
  readonly code = 'connection_not_usable';
  override readonly facts: Readonly<Record<string, string>>;
  constructor(
    connectionId: string,
    readonly status: StripeCredentials['status'],
  ) {
    super(
      `Connection ${connectionId} is ${status}: Stripe is not asked with its key. GET /v1/connections/${connectionId} says what to do.`,
    );
    this.facts = { connectionId, status };
  }
}

interface Remembered {
  readonly until: number;
  /** One for each lane. */
  client(lane: StripeLane): Stripe;
}

type Door = Pick<ConnectionsDoor, 'credentials' | 'unauthorized' | 'rate'>;

/**
 * A service's way to Stripe: the SDK with a connection's key, which stays in `connections` and is fetched by reference (architecture
 * rule 9). One per service; `new StripeAccess(config)` with the service's own configuration.
 *
 *     const stripe = await this.stripeAccess.client(scope, connectionId, 'person');
 *     const customer = await stripe.customers.retrieve(id);      // isMissing(error), unavailableOr(error), answeredAt(customer)
 *
 * Ask for the client each time it is needed and keep none: it is remembered here for 60 s, and forgotten at the first 401, of which
 * `connections` is told. Never inside a message handler, and never inside a transaction (architecture rules 3 and 5).
 *
 * Every request takes its turn in its lane, within the share of the account's rate that `connections` gives this process (architecture
 * rule 16).
 *
 * The client does not repeat requests (`maxNetworkRetries` 0); a call that may, says so: `{ maxNetworkRetries: 2 }` as its options.
 */
export class StripeAccess {
  private readonly remembered = new Map<string, Remembered>();
  private readonly underWay = new Map<string, Promise<Remembered>>();
  private readonly shares = new Map<string, RateShare>();
  private readonly door: Door;
  private readonly now: () => number;
  private readonly calls: StripeCalls | undefined;

  /**
   * @param config of the service: the address of `connections` in WRITER_URLS, and SERVICE_TOKEN
   * @param parts `calls`: what counts this service's requests; for tests: another door, another clock (epoch ms)
   */
  constructor(
    config: Pick<ServiceConfig, 'WRITER_URLS' | 'SERVICE_TOKEN'>,
    parts: { calls?: StripeCalls; door?: Door; now?: () => number } = {},
  ) {
    this.door = parts.door ?? new ConnectionsDoor(config);
    this.now = parts.now ?? Date.now;
    this.calls = parts.calls;
  }

  /**
   * The SDK for a connection: pinned API version, the address of the connection's mode, its key.
   * @param lane for whom its requests are made
   * @throws ConnectionUnknown (not-found), ConnectionNotUsable (conflict: not verified, unauthorized, removed), Unavailable (`connections` is away),
   *   StripeAddressRefused (forbidden: a Sandbox's key would go to Stripe, or the other way round)
   */
  async client(scope: Scope, connectionId: string, lane: StripeLane = 'sync'): Promise<Stripe> {
    const key = `${scope.organization}/${scope.environment}/${connectionId}`;
    const known = this.remembered.get(key);
    if (known && known.until > this.now()) return known.client(lane);
    let fetching = this.underWay.get(key);
    if (!fetching) {
      fetching = this.fetch(scope, connectionId, key).finally(() => this.underWay.delete(key));
      this.underWay.set(key, fetching);
    }
    return (await fetching).client(lane);
  }

  /** Forgets a connection's key at once; the next call fetches it anew. */
  forget(scope: Scope, connectionId: string): void {
    this.remembered.delete(`${scope.organization}/${scope.environment}/${connectionId}`);
  }

  private async fetch(scope: Scope, connectionId: string, key: string): Promise<Remembered> {
    const { status, secretKey, baseUrl, secretsVersion } = await this.door.credentials(scope, connectionId);
    if (!secretKey || !baseUrl || !isUsable(status)) {
      this.remembered.delete(key);
      throw new ConnectionNotUsable(connectionId, status);
    }
    const share = this.shareOf(scope, connectionId, key);
    const clients = new Map<StripeLane, Stripe>();
    const clientOf = (lane: StripeLane) =>
      stripeClient({
        environment: scope.environment,
        key: secretKey,
        baseUrl,
        calls: this.calls,
        pace: { take: (endpoint) => share.take(lane, endpoint), answered: (status) => share.answered(status) },
        onAnswer: (answer) => {
          if (answer === 401) this.refused(scope, connectionId, secretsVersion);
        },
      });
    const remembered: Remembered = {
      until: this.now() + REMEMBERED_MS,
      client: (lane) => {
        const client = clients.get(lane) ?? clientOf(lane);
        clients.set(lane, client);
        return client;
      },
    };
    this.remembered.set(key, remembered);
    return remembered;
  }

  private shareOf(scope: Scope, connectionId: string, key: string): RateShare {
    const share = this.shares.get(key) ?? new RateShare({ ask: (request) => this.door.rate(scope, connectionId, request), now: Date.now });
    this.shares.set(key, share);
    return share;
  }

  private refused(scope: Scope, connectionId: string, secretsVersion: number): void {
    this.forget(scope, connectionId);
    // Told again by the next 401 if it does not arrive.
    void this.door.unauthorized(scope, connectionId, { secretsVersion }).catch(() => undefined);
  }
}

/** A degraded connection lost a permission, not its key. */
function isUsable(status: StripeCredentials['status']): boolean {
  return status === 'verified' || status === 'degraded';
}
