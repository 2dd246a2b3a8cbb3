import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Scope } from '@turnpike/contracts-events';
import { type ConnectionCredentialsResponse, StripeLane, StripeRateRequest, type StripeRateResponse } from '@turnpike/contracts-http';
import type { Queryable } from '@turnpike/service';

const SHARE_SECONDS = 2;

/**
 * The internal door of `connections` where that service does not run: gives the credentials that a test says. Its `url` goes into
 * WRITER_URLS as `connections=<url>`.
 */
export class StandInConnections {
  private readonly held = new Map<string, ConnectionCredentialsResponse>();
  /** Which connections were said to be unauthorized, in order. */
  readonly unauthorized: string[] = [];
  /** Requests a second to one connection's account, of all its processes together, as `connections` shares them out. */
  mostPerSecond = 100;
  /** By connection and holder, what is leased, and until when (epoch ms). */
  private readonly shares = new Map<string, Map<string, { readonly granted: number; readonly until: number }>>();
  private isAway = false;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<StandInConnections> {
    const server = createServer();
    const connections = new StandInConnections(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { status, body } = connections.answer(
          `${request.headers['turnpike-organization']}/${request.headers['turnpike-environment']}`,
          request.url ?? '',
          Buffer.concat(chunks).toString(),
        );
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // A test that ends without stopping it ends all the same.
    server.unref();
    return connections;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** From now on this connection has these credentials: a verified one with a sandbox's key unless said otherwise. */
  holds(scope: Scope, connectionId: string, credentials: Partial<ConnectionCredentialsResponse>): void {
    const key = `${scope.organization}/${scope.environment}/${connectionId}`;
    const before = this.held.get(key);
    this.held.set(key, {
      connectionId,
      status: 'verified',
      secretKey: null,
      stripeAccountId: 'acct_1',
      apiVersion: '2026-10-28.endive',
      baseUrl: null,
      webhookSecrets: [],
      ...before,
      secretsVersion: (before?.secretsVersion ?? 0) + 1,
      ...credentials,
    });
  }

  /**
   * A gateway knows this connection, and gets these webhook secrets for it, as if `connections` had told of it.
   * @param inside the gateway's database as the administrator: `databases.inside('gateway')`
   */
  async receives(inside: Queryable, scope: Scope, connectionId: string, webhookSecrets: readonly string[]): Promise<void> {
    this.holds(scope, connectionId, { status: 'created', webhookSecrets: [...webhookSecrets] });
    await inside.query(
      `insert into known_connection (organization, environment, id, status, livemode, ingest_mode, secrets_version, version_epoch, version_n)
       values ($1, $2, $3, 'created', $2 = 'live', 'webhook', 1, 1, 0) on conflict do nothing`,
      [scope.organization, scope.environment, connectionId],
    );
  }

  /** Answers nothing but 503 until it is back. */
  goesAway(): void {
    this.isAway = true;
  }

  comesBack(): void {
    this.isAway = false;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(scope: string, url: string, sent: string): { status: number; body: object } {
    if (this.isAway) return { status: 503, body: {} };
    const [, connectionId = '', what] = /^\/internal\/connections\/([^/]+)\/(credentials|unauthorized|rate)$/.exec(url) ?? [];
    const credentials = this.held.get(`${scope}/${decodeURIComponent(connectionId)}`);
    if (!credentials) return { status: 404, body: {} };
    if (what === 'credentials') return { status: 200, body: credentials };
    if (what === 'rate') return { status: 200, body: this.shareOf(`${scope}/${connectionId}`, StripeRateRequest.parse(JSON.parse(sent))) };
    this.unauthorized.push(connectionId);
    return { status: 200, body: {} };
  }

  /** Nobody gets what another has, nor more than an equal part while there are others. */
  private shareOf(account: string, { holder, wanted }: StripeRateRequest): StripeRateResponse {
    const now = Date.now();
    const others = [...(this.shares.get(account) ?? [])].filter(([other, { until }]) => other !== holder && until > now);
    const taken = others.reduce((sum, [, { granted }]) => sum + granted, 0);
    let left = Math.min(this.mostPerSecond - taken, Math.floor(this.mostPerSecond / (others.length + 1)));
    const granted = { person: 0, writes: 0, sync: 0, backfill: 0 };
    for (const lane of StripeLane.options) {
      granted[lane] = Math.max(0, Math.min(wanted[lane], left));
      left -= granted[lane];
    }
    const all = Object.values(granted).reduce((sum, rate) => sum + rate, 0);
    this.shares.set(account, new Map([...others, [holder, { granted: all, until: now + SHARE_SECONDS * 1000 }]]));
    return { granted, perEndpoint: this.mostPerSecond, seconds: SHARE_SECONDS };
  }
}
