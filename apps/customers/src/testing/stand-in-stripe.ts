import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '@turnpike/stripe';

/** How Stripe answers instead of with the object. */
type Refusal = 401 | 403 | 404 | 429 | 500;

/** Stripe's API for what `customers` asks of it: objects by id, as a test says, asked through the real SDK. */
export class StandInStripe {
  readonly objects = new Map<string, JsonObject>();
  /** When each object was asked for, epoch ms. */
  readonly asked = new Map<string, number[]>();
  /** The most requests about one object that were under way at once. */
  mostAtOnce = 0;
  /** Milliseconds that an answer takes. */
  takesMs = 0;
  private readonly refusals = new Map<string, Refusal[]>();
  private readonly underWay = new Map<string, number>();
  private held: Promise<void> | null = null;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<StandInStripe> {
    const server = createServer();
    const stripe = new StandInStripe(server);
    server.on('request', (request, response) => {
      request.resume();
      void stripe.answer(new URL(request.url ?? '/', 'http://stripe'), response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return stripe;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  has(...objects: JsonObject[]): void {
    for (const object of objects) this.objects.set(String(object['id']), object);
  }

  /** The next answers about an object, one after the other. */
  refuses(id: string, ...refusals: Refusal[]): void {
    this.refusals.set(id, refusals);
  }

  timesAsked(id: string): number {
    return this.asked.get(id)?.length ?? 0;
  }

  /** Answers nothing until it is let go; what is answered then is what was true when it was asked. */
  hold(): () => void {
    let letGo!: () => void;
    this.held = new Promise((resolve) => (letGo = resolve));
    return () => {
      this.held = null;
      letGo();
    };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(url: URL, response: ServerResponse): Promise<void> {
    const id = url.searchParams.get('subscription') ?? url.pathname.split('/').at(-1) ?? '';
    this.asked.set(id, [...(this.asked.get(id) ?? []), Date.now()]);
    const atOnce = (this.underWay.get(id) ?? 0) + 1;
    this.underWay.set(id, atOnce);
    this.mostAtOnce = Math.max(this.mostAtOnce, atOnce);
    const refusal = this.refusals.get(id)?.shift();
    const object = this.objects.get(id);
    const isList = url.pathname === '/v1/subscription_items';
    const body = object === undefined ? null : JSON.stringify(isList ? itemsOf(object) : shortened(object));
    await this.held;
    if (this.takesMs > 0) await new Promise((resolve) => setTimeout(resolve, this.takesMs));
    this.underWay.set(id, (this.underWay.get(id) ?? 1) - 1);
    const status = refusal ?? (body === null ? 404 : 200);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(status === 200 ? body : JSON.stringify({ error: { type: 'invalid_request_error', message: `No: ${status}.` } }));
  }
}

/** A list is embedded with its first ten entries. */
function shortened(object: JsonObject): JsonObject {
  const data = (object['items'] as { data: JsonObject[] } | undefined)?.data ?? [];
  if (data.length <= 10) return object;
  return { ...object, items: { object: 'list', data: data.slice(0, 10), has_more: true, total_count: data.length } };
}

function itemsOf(subscription: JsonObject): JsonObject {
  return { object: 'list', url: '/v1/subscription_items', has_more: false, data: (subscription['items'] as { data: JsonObject[] }).data };
}
