import { randomBytes } from 'node:crypto';
import type { GapSweepResponse } from '@turnpike/contracts-http';
import { HistoryGapFound, type Scope } from '@turnpike/contracts-events';
import type { Sandbox } from '@turnpike/sandbox';
import { enabledEventsOf } from '@turnpike/stripe';
import { until } from '@turnpike/testing';
import Stripe from 'stripe';
import { SECRET, type StartedGateway } from './started-gateway.js';

export const SCOPE: Scope = { organization: 'acme', environment: 'sandbox' };

/** An account of its own at the Sandbox, and our connection to it. Its webhooks come only when `delivers` says so. */
export class SweptAccount {
  readonly id: string;
  readonly key: string;
  /** As its owner. */
  readonly stripe: Stripe;

  constructor(
    private readonly gateway: StartedGateway,
    private readonly sandbox: Sandbox,
  ) {
    const part = randomBytes(8).toString('hex');
    this.id = `con_${part}`;
    this.key = `sk_test_${part}`;
    const { hostname, port } = new URL(sandbox.url);
    this.stripe = new Stripe(this.key, { host: hostname, port, protocol: 'http', maxNetworkRetries: 0 });
  }

  /** The gateway knows it from now on, and has looked at it once. @param baseUrl where the gateway finds its Stripe */
  async connect(mode: 'webhook' | 'polling' = 'webhook', baseUrl = this.sandbox.url): Promise<void> {
    this.gateway.connections.holds(SCOPE, this.id, { secretKey: this.key, baseUrl, webhookSecrets: [SECRET] });
    await this.gateway.inside.query(
      `insert into known_connection (organization, environment, id, status, livemode, ingest_mode, secrets_version, version_epoch, version_n)
       values ($1, $2, $3, 'verified', false, $4, 1, 1, 0)`,
      [SCOPE.organization, SCOPE.environment, this.id, mode],
    );
    await until('the first look is over', async () => ((await this.cursor())?.['known_until'] ?? null) !== null);
  }

  async cursor(): Promise<Record<string, unknown> | undefined> {
    return (await this.gateway.rows('event_cursor')).find((row) => row['connection_id'] === this.id);
  }

  /** Changes its cursor, as time would. @param change of SQL: `known_until = now() - interval '31 days'` */
  async turnCursor(change: string): Promise<void> {
    await this.gateway.inside.query(`update event_cursor set ${change} where connection_id = $1`, [this.id]);
  }

  /** The ids of its events that were announced, in order, as far as the outbox keeps them: a new epoch clears it. */
  async announced(): Promise<string[]> {
    return (await this.gateway.announced()).filter((event) => event['connectionId'] === this.id).map((event) => String(event['eventId']));
  }

  /** The ids of its events that are stored, announced lately or not. */
  async stored(): Promise<string[]> {
    return (await this.gateway.rows('stripe_event'))
      .filter((row) => row['connection_id'] === this.id)
      .map((row) => String(row['event_id']));
  }

  async gaps(): Promise<HistoryGapFound[]> {
    return (await this.gateway.announced(HistoryGapFound))
      .map((gap) => HistoryGapFound.data.parse(gap))
      .filter((gap) => gap.connectionId === this.id);
  }

  /** Its report, newest first. */
  async report(): Promise<GapSweepResponse[]> {
    const answer = await this.gateway.get(`/v1/gap_sweeps?connection=${this.id}`);
    return answer.body['data'] as GapSweepResponse[];
  }

  /** All events that there are at Stripe, oldest first; of those that an endpoint of ours would get. */
  async events(): Promise<Stripe.Event[]> {
    const types: ReadonlySet<string> = new Set(enabledEventsOf('sandbox'));
    const all = await this.stripe.events.list({ limit: 100 }).autoPagingToArray({ limit: 10_000 });
    return all.toReversed().filter((event) => types.has(event.type));
  }

  /** Stripe's own delivery of an event, signed. */
  async delivers(event: Stripe.Event): Promise<Record<string, unknown>> {
    return (await this.gateway.deliver(JSON.stringify(event), { connection: this.id })).body;
  }

  /** Once everything that there is at Stripe was announced. */
  async isWhole(): Promise<void> {
    const wanted = (await this.events()).map((event) => event.id);
    await until(`all ${wanted.length} events were announced`, async () => {
      const announced = new Set(await this.announced());
      return wanted.every((id) => announced.has(id));
    });
  }
}
