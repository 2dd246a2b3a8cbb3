import type { Scope } from '@turnpike/contracts-events';
import {
  ConnectionCredentialsResponse,
  type ConnectionUnauthorizedRequest,
  type StripeRateRequest,
  StripeRateResponse,
} from '@turnpike/contracts-http';
import { DomainError, type ServiceConfig, traceHeaders, Unavailable } from '@turnpike/service';

/** A connection's secrets; in memory only. */
export type StripeCredentials = ConnectionCredentialsResponse;

const TIMEOUT_MS = 5_000;

/** No connection of this organization and environment has this id. */
export class ConnectionUnknown extends DomainError {
  readonly kind = 'not-found';
  readonly code = 'connection_not_found';
  constructor(connectionId: string) {
    super(`Connection ${connectionId.slice(0, 64)} is not known here.`);
  }
}

/** The internal door of `connections`, behind the service token. No cache: `StripeAccess` and the gateway keep answers, each in its way. */
export class ConnectionsDoor {
  constructor(private readonly config: Pick<ServiceConfig, 'WRITER_URLS' | 'SERVICE_TOKEN'>) {}

  /** @throws ConnectionUnknown; Unavailable when `connections` does not answer */
  async credentials(scope: Scope, connectionId: string): Promise<StripeCredentials> {
    const response = await this.ask(scope, connectionId, 'credentials', { method: 'GET' });
    if (response.status === 404) throw new ConnectionUnknown(connectionId);
    if (!response.ok) throw new Unavailable(`connections (it answered ${response.status})`);
    return ConnectionCredentialsResponse.parse(await response.json());
  }

  /** Tells that Stripe refused the key of this version with 401. @throws Unavailable when `connections` does not answer */
  async unauthorized(scope: Scope, connectionId: string, request: ConnectionUnauthorizedRequest): Promise<void> {
    const response = await this.ask(scope, connectionId, 'unauthorized', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
    });
    await response.body?.cancel();
    if (!response.ok && response.status !== 404) throw new Unavailable(`connections (it answered ${response.status})`);
  }

  /** A share of the account's rate. @throws Unavailable when `connections` does not answer, ConnectionUnknown */
  async rate(scope: Scope, connectionId: string, request: StripeRateRequest): Promise<StripeRateResponse> {
    const response = await this.ask(scope, connectionId, 'rate', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
    });
    if (response.status === 404) throw new ConnectionUnknown(connectionId);
    if (!response.ok) throw new Unavailable(`connections (it answered ${response.status})`);
    return StripeRateResponse.parse(await response.json());
  }

  private async ask(scope: Scope, connectionId: string, what: string, init: RequestInit): Promise<Response> {
    const url = this.config.WRITER_URLS.get('connections');
    if (!url) throw new Unavailable('connections (its address is missing in WRITER_URLS)');
    try {
      return await fetch(new URL(`/internal/connections/${encodeURIComponent(connectionId)}/${what}`, url), {
        ...init,
        headers: {
          ...init.headers,
          ...traceHeaders(),
          authorization: `Bearer ${this.config.SERVICE_TOKEN}`,
          'turnpike-organization': scope.organization,
          'turnpike-environment': scope.environment,
        },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch (error) {
      throw new Unavailable('connections', undefined, { cause: error });
    }
  }
}
