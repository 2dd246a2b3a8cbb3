import { until } from '@turnpike/testing';
import Stripe from 'stripe';
import type { Answer, World } from './world.js';

export type Mode = 'sandbox' | 'test' | 'live';

export interface Connection {
  readonly id: string;
  readonly status: string;
  readonly statusReason: string | null;
  readonly ingestMode: string;
  readonly endpoint: { readonly stripeId: string } | null;
  readonly checks: ReadonlyArray<{ check: string; ok: boolean | null; whatToDo: string | null }>;
}

/** An organization, and the one account that it has at the Sandbox. */
export class Seller {
  /** Its account as its owner sees it, past every fault that is not meant for the owner: faults name paths. */
  readonly stripe: Stripe;
  readonly secretKey: string;
  readonly publishableKey: string;

  constructor(
    private readonly world: World,
    readonly id: string,
    readonly apiKeys: Readonly<Record<string, string>>,
    readonly account: string,
  ) {
    this.secretKey = `sk_test_${account}`;
    this.publishableKey = `pk_test_${account}`;
    const { hostname, port } = new URL(world.sandboxUrl);
    // Repeats what a fault meant for Turnpike does to us: it does so with an idempotency key.
    this.stripe = new Stripe(this.secretKey, { host: hostname, port, protocol: 'http', telemetry: false, maxNetworkRetries: 5 });
  }

  /** With the key of the environment `sandbox`. */
  ask(method: string, path: string, body?: object): Promise<Answer> {
    return this.in('sandbox', method, path, body);
  }

  in(environment: Mode, method: string, path: string, body?: object): Promise<Answer> {
    return this.world.ask(method, path, this.apiKeys[environment] ?? '', body);
  }

  /** What was asked for, or an error with what was answered instead. */
  async read<T>(path: string): Promise<T> {
    const { status, body } = await this.ask('GET', path);
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
    return body as T;
  }

  /** Every row of a list, page after page. */
  async readAll<T extends { id: string }>(path: string): Promise<T[]> {
    const rows: T[] = [];
    for (;;) {
      const after = rows.at(-1) ? `&starting_after=${rows.at(-1)?.id}` : '';
      const page = await this.read<{ data: T[]; has_more: boolean }>(`${path}${path.includes('?') ? '&' : '?'}limit=100${after}`);
      rows.push(...page.data);
      if (!page.has_more) return rows;
    }
  }

  /** Connects the account and waits until it is proved, and its endpoint is there where it may have one. */
  async connect(secretKey = this.secretKey): Promise<Connection> {
    const made = await this.ask('POST', '/v1/connections', { publishableKey: this.publishableKey, secretKey, name: 'Story' });
    if (made.status !== 201) throw new Error(`The account was not connected: ${made.status} ${JSON.stringify(made.body)}`);
    return await this.connectionOnce((made.body as Connection).id, (one) => one.status === 'verified' && isIngestDecided(one));
  }

  /** The connection as soon as it is as said. */
  async connectionOnce(id: string, isIt: (connection: Connection) => boolean, withinMs = 60_000): Promise<Connection> {
    let last = await this.read<Connection>(`/v1/connections/${id}`);
    const isAtEnd = () => isIt(last) || last.status === 'failed';
    await until(
      `connection ${id} is as expected`,
      async () => ((last = await this.read<Connection>(`/v1/connections/${id}`)), isAtEnd()),
      withinMs,
    ).catch(() => undefined);
    if (!isIt(last)) throw new Error(`The connection did not become as expected. It was last ${JSON.stringify(last)}`);
    return last;
  }

  /** Publishes the plan "Pro" and a free one. @returns Stripe's price, once it is there */
  async sells(catalog: object, productAtStripe: string): Promise<string> {
    const { status, body } = await this.ask('PUT', '/v1/catalog', catalog);
    if (status !== 200) throw new Error(`The catalog was not taken: ${status} ${JSON.stringify(body)}`);
    let price: string | undefined;
    await until(
      `"${productAtStripe}" has a price at Stripe`,
      async () => {
        const product = (await this.stripe.products.list({ limit: 100 })).data.find(({ name }) => name === productAtStripe);
        price = product && (await this.stripe.prices.list({ product: product.id })).data[0]?.id;
        return price !== undefined;
      },
      60_000,
    );
    return price ?? '';
  }
}

/** An endpoint, or the decision that there is none: then events are polled. */
function isIngestDecided({ endpoint, checks }: Connection): boolean {
  return endpoint !== null || checks.some(({ check }) => check === 'webhook_endpoint');
}
