import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection, Seller } from './seller.js';

interface Delivery {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

const FORWARDED = ['content-type', 'stripe-signature', 'user-agent'];
const COPIES = 2;

/**
 * A bad line between the Sandbox and the gateway: what is delivered is acknowledged, kept for a while, and passed on twice, in an order of
 * chance. A seed makes the chance repeatable, as far as the deliveries' own order is.
 */
export class DeliveryProxy {
  private readonly kept: Delivery[] = [];
  private readonly refused: string[] = [];
  private passing = new Set<Promise<void>>();
  private isHolding = false;

  private constructor(
    private readonly gateway: string,
    private readonly server: Server,
    private readonly chance: () => number,
    private readonly called: (address: string) => void,
  ) {}

  static async open(gateway: string, seed: number, called: (address: string) => void): Promise<DeliveryProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = new DeliveryProxy(gateway, server, chanceFrom(seed), called);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        proxy.take({ path: request.url ?? '/', headers: forwarded(request.headers), body: Buffer.concat(chunks) });
        response.writeHead(200).end();
      });
    });
    return proxy;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await Promise.all(this.passing);
  }

  /** Lays the line: from now on the account's deliveries to Turnpike come here. */
  async standBefore(seller: Seller, { endpoint, id }: Connection): Promise<void> {
    const { port } = this.server.address() as AddressInfo;
    await seller.stripe.webhookEndpoints.update(endpoint?.stripeId ?? '', { url: `http://127.0.0.1:${port}/webhooks/stripe/${id}` });
  }

  /** Keeps everything until `release`. */
  hold(): void {
    this.isHolding = true;
  }

  /** Whether an event is among those that are held. */
  hasHeard(eventId: string): boolean {
    return this.kept.some(({ body }) => body.includes(`"${eventId}"`));
  }

  /** Passes on all that is held, each twice, all copies in one random order. */
  async release(): Promise<void> {
    this.isHolding = false;
    const copies = this.kept.splice(0).flatMap((one) => Array.from({ length: COPIES }, () => one));
    for (const copy of shuffled(copies, this.chance)) await this.pass(copy);
  }

  /** What the gateway did not take, which is nothing when all is well. */
  get notTaken(): readonly string[] {
    return this.refused;
  }

  /** Until nothing is on its way any more. */
  async quiet(): Promise<void> {
    while (this.passing.size > 0) await Promise.all(this.passing);
  }

  private take(delivery: Delivery): void {
    this.called(delivery.path);
    if (this.isHolding) return void this.kept.push(delivery);
    for (let copy = 0; copy < COPIES; copy += 1) this.follow(delay(this.chance() * 400).then(() => this.pass(delivery)));
  }

  private follow(work: Promise<void>): void {
    this.passing.add(work);
    void work.finally(() => this.passing.delete(work));
  }

  private async pass({ path, headers, body }: Delivery): Promise<void> {
    const response = await fetch(new URL(path, this.gateway), { method: 'POST', headers, body: new Uint8Array(body) });
    if (!response.ok) this.refused.push(`${response.status} ${await response.text()}`);
    else await response.body?.cancel();
  }
}

function forwarded(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(FORWARDED.map((name) => [name, String(headers[name])]));
}

/** Numbers from 0 to 1, the same for the same seed. */
function chanceFrom(seed: number): () => number {
  let drawn = 0;
  return () => createHash('sha256').update(`${seed}/${drawn++}`).digest().readUInt32BE() / 2 ** 32;
}

function shuffled<T>(list: readonly T[], chance: () => number): T[] {
  const rest = [...list];
  for (let at = rest.length - 1; at > 0; at -= 1) {
    const other = Math.floor(chance() * (at + 1));
    [rest[at], rest[other]] = [rest[other] as T, rest[at] as T];
  }
  return rest;
}
