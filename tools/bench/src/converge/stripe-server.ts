import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Kind } from './histories.js';
import type { StripeAccount } from './stripe-account.js';
import type { Printed } from './stripe-objects.js';
import { Tally } from './tally.js';

export interface StripeServerOptions {
  readonly accounts: readonly StripeAccount[];
  /** Requests a second that an account takes; more are answered 429. Infinity: no limit. */
  readonly ratePerSecond: number;
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

const KIND_OF_PATH: Readonly<Record<string, Kind>> = { customers: 'customer', subscriptions: 'subscription', products: 'product' };
const MOST_PER_PAGE = 100;

/** Stripe's API over the accounts of a model: an answer is what was true at one moment between the question and its arrival. */
export class StripeServer {
  readonly tally: Tally;
  private readonly accounts: ReadonlyMap<number, StripeAccount>;

  private constructor(
    private readonly server: Server,
    { accounts, ratePerSecond }: StripeServerOptions,
  ) {
    this.accounts = new Map(accounts.map((account) => [account.number, account]));
    this.tally = new Tally(ratePerSecond);
  }

  static async start(options: StripeServerOptions): Promise<StripeServer> {
    const server = createServer({ keepAliveTimeout: 30_000 });
    const stripe = new StripeServer(server, options);
    server.on('request', (request, response) => {
      request.resume();
      void stripe.answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return stripe;
  }

  get port(): number {
    const address: AddressInfo | string | null = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const [, , resource = '', id = null] = url.pathname.replace('/test_helpers/', '/').split('/');
    const account = this.accountOf(request, id ?? url.searchParams.get('subscription'));
    if (!account) return write(response, { status: 401, body: problem('There is no such account.') }, new Date());

    const objectId = id === null ? url.searchParams.get('subscription') : decodeURIComponent(id);
    const isAllowed = this.tally.begins(account.number, objectId, performance.now());
    const latencyMs = 40 + Math.random() * 240;
    const readAfterMs = Math.random() * latencyMs;
    await delay(readAfterMs);
    const answer = isAllowed
      ? answerOf(account, resource, objectId, url.searchParams)
      : { status: 429, body: problem('Too many requests.') };
    await delay(latencyMs - readAfterMs);
    this.tally.ends(objectId);
    write(response, answer, new Date(account.clock()));
  }

  /** By its key, or by the id: a peer has one key for all of them. */
  private accountOf(request: IncomingMessage, objectId: string | null): StripeAccount | undefined {
    const [, ofKey] = /A(\d+)$/.exec(request.headers.authorization ?? '') ?? [];
    const [, ofId] = /A(\d+)N\d+$/.exec(objectId ?? '') ?? [];
    return this.accounts.get(Number(ofKey ?? ofId ?? Number.NaN));
  }
}

function answerOf(account: StripeAccount, resource: string, objectId: string | null, query: URLSearchParams): Answer {
  if (resource === 'events' && objectId === null) {
    const page = account.events({
      limit: limitOf(query),
      endingBefore: query.get('ending_before'),
      startingAfter: query.get('starting_after'),
    });
    return page ? { status: 200, body: list('/v1/events', page.data, page.hasMore) } : missing('event');
  }
  if (resource === 'subscription_items') {
    const items = objectId === null ? null : account.itemsOf(objectId);
    return items ? { status: 200, body: list('/v1/subscription_items', items, false) } : missing('subscription');
  }
  if (objectId === null) return { status: 200, body: pageOf(account, resource, query) };
  const object = account.retrieved(objectId);
  return object ? { status: 200, body: object } : missing(resource);
}

function pageOf(account: StripeAccount, resource: string, query: URLSearchParams): object {
  const kind = KIND_OF_PATH[resource];
  // Nobody here has invoices, prices, and so on.
  if (!kind) return list(`/v1/${resource}`, [], false);
  const all = account.listed(kind, { withCanceled: query.get('status') === 'all' });
  const after = query.get('starting_after');
  const first = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1;
  const end = first + limitOf(query);
  const page = all.slice(first, end).map(({ object }) => object());
  return list(`/v1/${resource}`, page, end < all.length);
}

function limitOf(query: URLSearchParams): number {
  return Math.min(Number(query.get('limit') ?? 10), MOST_PER_PAGE);
}

function list(url: string, data: readonly Printed[], hasMore: boolean): object {
  return { object: 'list', url, has_more: hasMore, data };
}

function missing(what: string): Answer {
  return { status: 404, body: { error: { type: 'invalid_request_error', code: 'resource_missing', message: `No such ${what}.` } } };
}

function problem(message: string): object {
  return { error: { type: 'invalid_request_error', message } };
}

/** Stamped by the account's own clock, as its events are. */
function write(response: ServerResponse, { status, body }: Answer, at: Date): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    date: at.toUTCString(),
    'request-id': 'req_1',
    ...(status === 429 ? { 'retry-after': '1' } : {}),
  });
  response.end(text);
}
