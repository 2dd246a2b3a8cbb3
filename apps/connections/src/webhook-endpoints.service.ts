import { Injectable } from '@nestjs/common';
import type { Scope } from '@turnpike/contracts-events';
import { Jobs } from '@turnpike/jobs';
import { Database, newId, type Transaction } from '@turnpike/service';
import { enabledEventsOf, isForbidden, isMissing, STRIPE_API_VERSION, stripeClient, stripeErrorOf, unavailableOr } from '@turnpike/stripe';
import type Stripe from 'stripe';
import type { Check } from './checks.rules.js';
import { ConnectionRowsService } from './connection-rows.service.js';
import { RetireEndpoint } from './connection-work.js';
import type { Connection } from './connection.entity.js';
import { ingestModeOf, isOver, isUsable } from './connection.rules.js';
import { mayWrite } from './permissions.js';
import { SecretsService } from './secrets.service.js';
import { StripeAddresses } from './stripe-addresses.js';
import { type EndpointRequest, WebhookEndpoint } from './webhook-endpoint.entity.js';
import { CONNECTION_MARK, ENDPOINT_MARK, hasDrifted, OLD_SECRET_MS, REPEATABLE_MS, straysAmong } from './webhook-endpoint.rules.js';

const ENDPOINT_CHECK = 'webhook_endpoint';

interface Plan {
  readonly connection: Connection;
  readonly stripe: Stripe;
  readonly request: EndpointRequest;
  readonly endpoints: readonly WebhookEndpoint[];
}

/**
 * Our webhook endpoints at Stripe (requirements C11, S31): made, kept as they should be, replaced, deleted; nobody does it by hand. Stripe
 * is asked outside transactions; before anything is made there, what is to be made is stored (architecture rule 7).
 */
@Injectable()
export class WebhookEndpointsService {
  constructor(
    private readonly database: Database,
    private readonly rows: ConnectionRowsService,
    private readonly secrets: SecretsService,
    private readonly jobs: Jobs,
    private readonly addresses: StripeAddresses,
  ) {}

  /**
   * Sees to it that the connection has one endpoint that stands where it should; the one it has is used again.
   * @param isRotation a second one takes its place @throws Unavailable when Stripe did not answer
   */
  async place(scope: Scope, connectionId: string, isRotation: boolean, clock: () => Date): Promise<void> {
    const plan = await this.inTransaction(scope, () => this.plan(scope, connectionId));
    if (!plan) return;
    const { endpoints } = plan;
    const active = endpoints.find((endpoint) => endpoint.state === 'active');
    try {
      const isWanted = isRotation || endpoints.some((endpoint) => endpoint.state === 'wanted');
      if (active && !isWanted && (await this.keepAsItShouldBe(plan, active)))
        return await this.decideMode(scope, connectionId, plan.request.url === '', clock());
      await this.make(plan, scope, isRotation, clock);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === null) throw unavailableOr(error);
      await this.decideMode(scope, connectionId, active !== undefined, clock(), refusal);
    }
  }

  /** Deletes an endpoint whose time is over, and its secret. */
  async retire(scope: Scope, connectionId: string, endpointId: string, clock: () => Date): Promise<void> {
    const plan = await this.inTransaction(scope, () => this.plan(scope, connectionId));
    const retiring = plan?.endpoints.find((endpoint) => endpoint.id === endpointId && endpoint.state === 'retiring');
    if (!plan || !retiring) return;
    if (retiring.stripeId !== null) await deleteAtStripe(plan.stripe, retiring.stripeId);
    await this.inTransaction(scope, async () => {
      const connection = await this.rows.locked(scope, connectionId);
      await this.forget(connection, endpointId);
      this.rows.change(connection, { secretsVersion: connection.secretsVersion + 1 }, clock());
    });
  }

  /** Deletes all of ours at Stripe, for a connection that is being removed. @throws Unavailable */
  async deleteAll(scope: Scope, connectionId: string): Promise<void> {
    const plan = await this.inTransaction(scope, () => this.plan(scope, connectionId, true));
    if (!plan) return;
    for (const { stripeId } of plan.endpoints) if (stripeId !== null) await deleteAtStripe(plan.stripe, stripeId);
    // What was asked for and not answered: it may stand there all the same.
    if (plan.endpoints.some((endpoint) => endpoint.stripeId === null)) await deleteStrays(plan, []);
  }

  /** Null: nothing can be done about its endpoints, since it is over, has no key, or Stripe cannot reach us. */
  private async plan(scope: Scope, connectionId: string, isRemoval = false): Promise<Plan | null> {
    const connection = await this.rows.one(scope, connectionId);
    if (isRemoval ? connection.status !== 'removing' : !isUsable(connection.status)) return null;
    const key = (await this.secrets.of(connection)).find((secret) => secret.kind === 'secret_key')?.text;
    const baseUrl = this.addresses.of(scope.environment);
    const url = this.addresses.webhookUrl(scope.environment, connectionId);
    if (key === undefined || baseUrl === null) return null;
    const endpoints = await this.rows.endpointsOf(connection);
    if (endpoints.length === 0 && (url === null || !mayWrite(connection.profile))) return null;
    const stripe = stripeClient({ environment: scope.environment, key, baseUrl, calls: this.addresses.calls });
    const request = { url: url ?? '', apiVersion: STRIPE_API_VERSION, enabledEvents: enabledEventsOf(scope.environment) };
    return { connection, stripe, request, endpoints };
  }

  /** @returns false when it is gone at Stripe, so that another one is needed */
  private async keepAsItShouldBe({ connection, stripe, request }: Plan, active: WebhookEndpoint): Promise<boolean> {
    // Without an address of ours there is nothing better to tell Stripe than what it has.
    if (request.url === '' || active.stripeId === null) return true;
    const { url, enabledEvents } = request;
    try {
      const at = await stripe.webhookEndpoints.retrieve(active.stripeId);
      if (hasDrifted(at, request))
        await stripe.webhookEndpoints.update(active.stripeId, {
          url,
          enabled_events: enabledEventsOf(connection.environment),
          disabled: false,
        });
    } catch (error) {
      if (!isMissing(error)) throw error;
      await this.inTransaction(connection, () => this.forget(connection, active.id));
      return false;
    }
    if (active.request.url !== url || active.request.enabledEvents.join() !== enabledEvents.join())
      await this.inTransaction(connection, async ({ em }) => {
        await em.nativeUpdate(WebhookEndpoint, keyOf(active), { request: { ...active.request, url, enabledEvents } });
      });
    return true;
  }

  private async make(plan: Plan, scope: Scope, isRotation: boolean, clock: () => Date): Promise<void> {
    const { connection, stripe } = plan;
    if (plan.request.url === '') return;
    const wanted = await this.inTransaction(scope, () => this.wantedFor(plan, isRotation, clock()));
    if (!wanted) return;
    await deleteStrays(plan, [wanted.id]);
    const { url, enabledEvents } = wanted.request;
    const made = await stripe.webhookEndpoints.create(
      {
        url,
        enabled_events: [...enabledEvents],
        api_version: STRIPE_API_VERSION,
        description: 'Turnpike',
        metadata: { [CONNECTION_MARK]: connection.id, [ENDPOINT_MARK]: wanted.id },
      },
      { idempotencyKey: wanted.id },
    );
    const isKept = await this.inTransaction(scope, () => this.activate(scope, connection.id, wanted, made, clock()));
    if (!isKept) await deleteAtStripe(stripe, made.id);
  }

  /** The endpoint to be made, stored before the call; one that was begun and may be repeated is gone on with. Null: it is over meanwhile. */
  private async wantedFor({ connection, request }: Plan, isRotation: boolean, now: Date): Promise<WebhookEndpoint | null> {
    const { em } = this.database.current();
    const { organization, environment, id } = connection;
    const current = await this.rows.locked(connection, id);
    if (!isUsable(current.status)) return null;
    const endpoints = await this.rows.endpointsOf(current);
    const begun = endpoints.find((endpoint) => endpoint.state === 'wanted');
    // The same rotation once more, after it had gone through.
    if (!begun && isRotation && endpoints.some((endpoint) => endpoint.state === 'retiring')) return null;
    if (begun && now.getTime() - begun.createdAt.getTime() < REPEATABLE_MS) return begun;
    if (begun) em.remove(begun);
    const wanted = {
      organization,
      environment,
      id: newId('ep'),
      connectionId: id,
      state: 'wanted' as const,
      stripeId: null,
      request,
      deleteAt: null,
      createdAt: now,
      revision: 0,
    };
    return em.create(WebhookEndpoint, wanted);
  }

  /** @returns false when the connection was removed meanwhile, so that the endpoint must go again */
  private async activate(scope: Scope, id: string, wanted: WebhookEndpoint, made: Stripe.WebhookEndpoint, now: Date): Promise<boolean> {
    const connection = await this.rows.locked(scope, id);
    if (isOver(connection.status) || made.secret === undefined) return false;
    const endpoints = await this.rows.endpointsOf(connection);
    const row = endpoints.find((endpoint) => endpoint.id === wanted.id);
    if (!row || row.state !== 'wanted') return row !== undefined;
    const deleteAt = new Date(now.getTime() + OLD_SECRET_MS);
    for (const old of endpoints.filter((endpoint) => endpoint.state === 'active')) {
      Object.assign(old, { state: 'retiring', deleteAt });
      await this.jobs.enqueue(RetireEndpoint, scope, { connectionId: id, endpointId: old.id }, { at: deleteAt, key: old.id });
    }
    Object.assign(row, { state: 'active', stripeId: made.id });
    await this.secrets.keep(connection, 'webhook_secret', made.secret, now, row.id);
    const secretsVersion = connection.secretsVersion + 1;
    this.rows.change(connection, { webhookEndpointId: made.id, ingestMode: 'webhook', secretsVersion }, now);
    return true;
  }

  private async decideMode(
    scope: Scope,
    connectionId: string,
    isEndpointInDoubt: boolean,
    now: Date,
    refusal: Check | null = null,
  ): Promise<void> {
    await this.inTransaction(scope, async () => {
      const connection = await this.rows.locked(scope, connectionId);
      if (isOver(connection.status)) return;
      const secrets = await this.secrets.of(connection);
      const endpoints = await this.rows.endpointsOf(connection);
      const active = endpoints.find((endpoint) => endpoint.state === 'active');
      // What Stripe refused is over: the next attempt is another one, with another key.
      if (refusal)
        for (const wanted of endpoints.filter((endpoint) => endpoint.state === 'wanted')) await this.forget(connection, wanted.id);
      const checks = [...connection.checks.filter((check) => check.check !== ENDPOINT_CHECK), ...(refusal ? [refusal] : [])];
      const ingestMode = ingestModeOf({
        hasKeys: secrets.some((secret) => secret.kind === 'secret_key'),
        hasDeclaredSecret: secrets.some((secret) => secret.kind === 'webhook_secret' && secret.endpointId === null),
        hasEndpoint: active !== undefined,
        isEndpointInDoubt,
      });
      this.rows.change(connection, { ingestMode, webhookEndpointId: active?.stripeId ?? null, checks }, now);
    });
  }

  private async forget(connection: Connection, endpointId: string): Promise<void> {
    const { em } = this.database.current();
    const { organization, environment } = connection;
    await em.nativeDelete(WebhookEndpoint, { organization, environment, id: endpointId });
    await this.secrets.destroy(connection, (secret) => secret.endpointId === endpointId);
  }

  private inTransaction<T>({ organization }: Scope, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.database.transaction(organization, work);
  }
}

/** Stripe's plain no, after which events are polled (requirement X2); null: not a no, or not Stripe's. */
function refusalOf(error: unknown): Check | null {
  const thrown = stripeErrorOf(error);
  if (!thrown || ![400, 401, 403].includes(thrown.statusCode ?? 0)) return null;
  const message = `Stripe would not have a webhook endpoint of ours, so events are polled. It said: ${thrown.message}`;
  const whatToDo = isForbidden(error)
    ? 'To have webhooks, add Webhook Endpoints (write) to the key at https://dashboard.stripe.com/apikeys, then verify again.'
    : 'When what it says is mended, verify again.';
  return { check: ENDPOINT_CHECK, ok: null, code: 'endpoint_refused', message, whatToDo };
}

function keyOf({ organization, environment, id }: WebhookEndpoint) {
  return { organization, environment, id };
}

async function deleteStrays({ stripe, connection, endpoints }: Plan, alsoKnown: readonly string[]): Promise<void> {
  const known = [...alsoKnown, ...endpoints.filter((endpoint) => endpoint.stripeId !== null).map((endpoint) => endpoint.id)];
  const all: Stripe.WebhookEndpoint[] = [];
  for await (const endpoint of stripe.webhookEndpoints.list({ limit: 100 })) all.push(endpoint);
  for (const stray of straysAmong(all, connection.id, known)) await deleteAtStripe(stripe, stray.id);
}

/** Gone already is as good. */
async function deleteAtStripe(stripe: Stripe, id: string): Promise<void> {
  try {
    await stripe.webhookEndpoints.del(id);
  } catch (error) {
    if (!isMissing(error)) throw unavailableOr(error);
  }
}
