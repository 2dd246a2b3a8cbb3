import { Injectable } from '@nestjs/common';
import type { Scope } from '@turnpike/contracts-events';
import type {
  ConnectionCreateRequest,
  ConnectionCredentialsResponse,
  ConnectionKeysRequest,
  ConnectionsListRequest,
} from '@turnpike/contracts-http';
import { Jobs } from '@turnpike/jobs';
import { FIRST_EPOCH } from '@turnpike/messaging';
import { Database, isId, newId, pageOptions, pageWhere } from '@turnpike/service';
import { readKey, STRIPE_API_VERSION } from '@turnpike/stripe';
import { KEY_REFUSED } from './checks.rules.js';
import { ConnectionRowsService } from './connection-rows.service.js';
import { Connection } from './connection.entity.js';
import {
  ConnectionRemoved,
  KeysMissing,
  KeysRefused,
  NoWebhookEndpoint,
  RemovalNotConfirmed,
  RotationUnderWay,
  SandboxNotConfigured,
} from './connection.errors.js';
import { isOver, isUsable, refusalOfKeys } from './connection.rules.js';
import { PlaceEndpoint, RemoveConnection, VerifyConnection } from './connection-work.js';
import { SecretsService } from './secrets.service.js';
import { StripeAddresses } from './stripe-addresses.js';

/** A key that Stripe refused may have met an outage of Stripe's own: it is tried once more, so much later. */
const SECOND_LOOK_MS = 60_000;

/** What people and services may ask of a connection. Nothing here speaks to Stripe: that is the jobs' part. */
@Injectable()
export class ConnectionsService {
  constructor(
    private readonly database: Database,
    private readonly rows: ConnectionRowsService,
    private readonly secrets: SecretsService,
    private readonly jobs: Jobs,
    private readonly addresses: StripeAddresses,
  ) {}

  async create(scope: Scope, request: ConnectionCreateRequest, now: Date): Promise<Connection> {
    this.assertKeysFit(scope, request.profile, request);
    const connection: Connection = {
      ...blankConnection(scope, newId('con'), now),
      name: request.name ?? null,
      profile: request.profile,
      status: 'verifying',
      secretsVersion: 1,
      ...shownOfKeys(request),
    };
    await this.rows.lock(scope, connection.id);
    this.rows.add(connection);
    await this.secrets.keep(connection, 'secret_key', request.secretKey, now);
    await this.secrets.keep(connection, 'publishable_key', request.publishableKey, now);
    await this.enqueueVerification(connection);
    return connection;
  }

  list({ organization, environment }: Scope, query: ConnectionsListRequest): Promise<Connection[]> {
    const isAnyId = (text: string) => isId('con', text) || /^[a-z0-9][a-z0-9_-]{0,63}$/.test(text);
    return this.database.current().em.find(Connection, { organization, environment, ...pageWhere(query, isAnyId) }, pageOptions(query));
  }

  /** Checks everything again. A connection that works goes on working meanwhile. */
  async verify(scope: Scope, id: string, now: Date): Promise<Connection> {
    const connection = await this.living(scope, id);
    if (connection.secretLast4 === null) throw new KeysMissing();
    if (!isUsable(connection.status)) this.rows.change(connection, { status: 'verifying', statusReason: null }, now);
    await this.enqueueVerification(connection);
    return connection;
  }

  /**
   * Takes other keys. Where an account is known, they are first proved to be its own, and the ones in use stay meanwhile; where none is,
   * there is nothing to lose.
   */
  async changeKeys(scope: Scope, id: string, keys: ConnectionKeysRequest, now: Date): Promise<Connection> {
    const connection = await this.living(scope, id);
    this.assertKeysFit(scope, connection.profile, keys);
    await this.secrets.destroy(connection, ({ kind }) => kind === 'next_secret_key' || kind === 'next_publishable_key');
    await this.secrets.keep(connection, 'next_secret_key', keys.secretKey, now);
    await this.secrets.keep(connection, 'next_publishable_key', keys.publishableKey, now);
    const keyChange = { state: 'pending' as const, code: null, message: null, at: now.toISOString() };
    const isWorking = isUsable(connection.status);
    this.rows.change(connection, { keyChange, ...(isWorking ? {} : { status: 'verifying' as const, statusReason: null }) }, now);
    await this.enqueueVerification(connection);
    return connection;
  }

  /** A second endpoint with a second secret takes the place of the first; the old one is good for another day. */
  async rotateWebhookSecret(scope: Scope, id: string): Promise<Connection> {
    const connection = await this.living(scope, id);
    const endpoints = await this.rows.endpointsOf(connection);
    if (!endpoints.some((endpoint) => endpoint.state === 'active')) throw new NoWebhookEndpoint();
    if (endpoints.some((endpoint) => endpoint.state !== 'active')) throw new RotationUnderWay();
    await this.jobs.enqueue(PlaceEndpoint, scopeOf(connection), { connectionId: id, isRotation: true }, { key: `rotate ${id}` });
    return connection;
  }

  /**
   * Its credentials answer to nobody from here on. They are destroyed at once where Stripe keeps nothing of ours; otherwise as soon as our
   * endpoint there is deleted, within a minute in any case (requirement U18).
   */
  async remove(scope: Scope, id: string, confirm: string, now: Date): Promise<Connection> {
    const connection = await this.rows.locked(scope, id);
    if (confirm !== id) throw new RemovalNotConfirmed();
    if (isOver(connection.status)) return connection;
    const endpoints = await this.rows.endpointsOf(connection);
    if (endpoints.length === 0 || connection.secretLast4 === null) {
      await this.end(connection, now);
      return connection;
    }
    this.rows.change(
      connection,
      { status: 'removing', statusReason: null, removingAt: now, secretsVersion: connection.secretsVersion + 1 },
      now,
    );
    await this.jobs.enqueue(RemoveConnection, scopeOf(connection), { connectionId: id }, { key: id });
    return connection;
  }

  /** Destroys the credentials of a locked connection and marks it removed. What was learned through it stays (requirement X3). */
  async end(connection: Connection, now: Date, reason: string | null = null): Promise<void> {
    const { em } = this.database.current();
    for (const endpoint of await this.rows.endpointsOf(connection)) em.remove(endpoint);
    await this.secrets.destroy(connection);
    this.rows.change(
      connection,
      {
        status: 'removed',
        statusReason: reason,
        removedAt: now,
        keyChange: null,
        publishableLast4: null,
        secretLast4: null,
        keyKind: null,
        webhookEndpointId: null,
        secretsVersion: connection.secretsVersion + 1,
      },
      now,
    );
  }

  /** Stripe refused the key of this version (requirement B10): nobody uses it any more, and it is looked at once again a minute later. */
  async refused(scope: Scope, id: string, secretsVersion: number, now: Date): Promise<void> {
    const connection = await this.rows.locked(scope, id);
    if (connection.secretsVersion !== secretsVersion || !isUsable(connection.status)) return;
    this.rows.change(connection, { status: 'unauthorized', statusReason: KEY_REFUSED.code, checks: [KEY_REFUSED] }, now);
    await this.enqueueVerification(connection, new Date(now.getTime() + SECOND_LOOK_MS));
  }

  /** For services of this installation, and for nobody else. */
  async credentials(scope: Scope, id: string): Promise<ConnectionCredentialsResponse> {
    const connection = await this.rows.one(scope, id);
    const secrets = isOver(connection.status) ? [] : await this.secrets.of(connection);
    return {
      connectionId: connection.id,
      status: connection.status,
      secretKey: secrets.find((secret) => secret.kind === 'secret_key')?.text ?? null,
      stripeAccountId: connection.stripeAccountId,
      apiVersion: STRIPE_API_VERSION,
      baseUrl: this.addresses.of(scope.environment),
      webhookSecrets: secrets.filter((secret) => secret.kind === 'webhook_secret').map((secret) => secret.text),
      secretsVersion: connection.secretsVersion,
    };
  }

  private async living(scope: Scope, id: string): Promise<Connection> {
    const connection = await this.rows.locked(scope, id);
    if (isOver(connection.status)) throw new ConnectionRemoved();
    return connection;
  }

  private assertKeysFit(scope: Scope, profile: Connection['profile'], keys: ConnectionKeysRequest): void {
    const refusal = refusalOfKeys(scope.environment, profile, keys);
    if (refusal !== null) throw new KeysRefused(refusal);
    if (this.addresses.of(scope.environment) === null) throw new SandboxNotConfigured();
  }

  private async enqueueVerification(connection: Connection, at?: Date): Promise<void> {
    await this.jobs.enqueue(
      VerifyConnection,
      scopeOf(connection),
      { connectionId: connection.id },
      { key: connection.id, ...(at === undefined ? {} : { at }) },
    );
  }
}

export function scopeOf({ organization, environment }: Scope): Scope {
  return { organization, environment };
}

/** Of keys, what may be shown. */
export function shownOfKeys({
  publishableKey,
  secretKey,
}: ConnectionKeysRequest): Pick<Connection, 'publishableLast4' | 'secretLast4' | 'keyKind'> {
  const secret = readKey(secretKey);
  const keyKind = secret?.kind === 'restricted' ? 'restricted' : 'secret';
  return { publishableLast4: readKey(publishableKey)?.last4 ?? null, secretLast4: secret?.last4 ?? null, keyKind };
}

/** A connection that knows nothing yet. */
export function blankConnection({ organization, environment }: Scope, id: string, now: Date): Connection {
  return {
    organization,
    environment,
    id,
    name: null,
    profile: 'manage',
    status: 'created',
    statusReason: null,
    checks: [],
    checkedAt: null,
    stripeAccountId: null,
    accountName: null,
    country: null,
    defaultCurrency: null,
    publishableLast4: null,
    secretLast4: null,
    keyKind: null,
    keyChange: null,
    ingestMode: 'polling',
    webhookEndpointId: null,
    secretsVersion: 0,
    isDeclared: false,
    verifiedAt: null,
    removingAt: null,
    removedAt: null,
    versionEpoch: FIRST_EPOCH,
    versionN: 1,
    createdAt: now,
    updatedAt: now,
    revision: 0,
  };
}
