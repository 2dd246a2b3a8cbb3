/** The load, in a process of its own: makes and signs bodies first, then sends them. */
import { createHmac } from 'node:crypto';
import { answer } from '../answer.js';
import { percentileOf } from '../statistics.js';
import { customerCreated, type Kind, subscriptionCreated } from './bodies.js';
import { deliver } from '../deliver.js';

const CONNECTIONS = 64;

export interface Preparation {
  readonly url: string;
  readonly secret: string;
  readonly kind: Kind;
  /** Begins every id of this run: no two runs send the same event. */
  readonly name: string;
  readonly items: number;
  /** The customers whom the subscriptions belong to, by what their ids are made of. */
  readonly customers: { readonly name: string; readonly items: number };
}

export interface Delivered {
  /** Epoch milliseconds, with their fractions. */
  readonly begunAt: number;
  readonly endedAt: number;
  readonly p50: number;
  readonly p99: number;
}

let url = new URL('http://127.0.0.1');
let requests: Buffer[] = [];

answer({
  prepare(preparation: Preparation): void {
    url = new URL(preparation.url);
    // Signed now: a body is refused 300 s after.
    const now = Math.floor(Date.now() / 1000);
    requests = Array.from({ length: preparation.items }, (_, at) => requestOf(bodyOf(preparation, at, now), preparation.secret, now));
  },
  async deliver(): Promise<Delivered> {
    const begunAt = performance.timeOrigin + performance.now();
    const latencies = await deliver(url, requests, CONNECTIONS);
    const endedAt = performance.timeOrigin + performance.now();
    requests = [];
    return { begunAt, endedAt, p50: percentileOf(latencies, 0.5), p99: percentileOf(latencies, 0.99) };
  },
});

function bodyOf({ kind, name, customers }: Preparation, at: number, now: number): string {
  if (kind === 'customer') return customerCreated(`${name}N${at}`, now);
  return subscriptionCreated(`${name}N${at}`, `${customers.name}N${at % customers.items}`, now);
}

function requestOf(body: string, secret: string, now: number): Buffer {
  const signature = createHmac('sha256', secret).update(`${now}.${body}`).digest('hex');
  return Buffer.from(
    [
      `POST ${url.pathname} HTTP/1.1`,
      `Host: ${url.host}`,
      'User-Agent: Stripe/1.0 (+https://stripe.com/docs/webhooks)',
      'Accept: */*; q=0.5, application/xml',
      'Content-Type: application/json; charset=utf-8',
      `Stripe-Signature: t=${now},v1=${signature}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  );
}
