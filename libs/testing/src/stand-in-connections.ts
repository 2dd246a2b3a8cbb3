import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Scope } from '@turnpike/contracts-events';
import { type ConnectionCredentialsResponse, type StripeLane, StripeRateRequest, type StripeRateResponse } from '@turnpike/contracts-http';
import type { Queryable } from '@turnpike/service';

/**
 * The internal door of `connections` where that service does not run: gives the credentials that a test says. Its `url` goes into
 * WRITER_URLS as `connections=<url>`.
 */
export class StandInConnections {
  private readonly held = new Map<string, ConnectionCredentialsResponse>();
  /** Which connections were said to be unauthorized, in order. */
  readonly unauthorized: string[] = [];
  /** Requests a second that a process gets in each lane, and at one endpoint. */
  mostPerSecond = 100;
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
    if (what === 'rate') return { status: 200, body: this.shareOf(StripeRateRequest.parse(JSON.parse(sent))) };
    this.unauthorized.push(connectionId);
    return { status: 200, body: {} };
  }

  /** Everybody gets what they want, up to what this one account gives each. */
  private shareOf({ wanted }: StripeRateRequest): StripeRateResponse {
    const of = (lane: StripeLane) => Math.min(wanted[lane], this.mostPerSecond);
    const granted = { person: of('person'), writes: of('writes'), sync: of('sync'), backfill: of('backfill') };
    return { granted, perEndpoint: this.mostPerSecond, seconds: 2 };
  }
}
