import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type Stripe from 'stripe';

/** An event as it reached the story. */
export interface Seen {
  readonly event: Stripe.Event;
  /** `performance.now()`. */
  readonly at: number;
}

/**
 * A webhook endpoint of the story's own, beside Turnpike's: it hears the same events at the same time, so the story can tell how long it
 * takes from a webhook to an answer without looking into Turnpike.
 */
export class EventWatch {
  private readonly seen: Seen[] = [];

  private constructor(
    private readonly stripe: Stripe,
    private readonly server: Server,
    private readonly endpointId: string,
  ) {}

  static async open(stripe: Stripe): Promise<EventWatch> {
    const heard: { push: (event: Stripe.Event) => void } = { push: () => undefined };
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        heard.push(JSON.parse(Buffer.concat(chunks).toString()));
        response.writeHead(200).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address() as AddressInfo | null;
    const endpoint = await stripe.webhookEndpoints.create({ url: `http://127.0.0.1:${address?.port}/`, enabled_events: ['*'] });
    const watch = new EventWatch(stripe, server, endpoint.id);
    heard.push = (event) => void watch.seen.push({ event, at: performance.now() });
    return watch;
  }

  /** How many events have been seen: what comes later is new. */
  get mark(): number {
    return this.seen.length;
  }

  /** The newest event since a mark that is the one looked for. */
  newest(since: number, isIt: (event: Stripe.Event) => boolean): Seen | null {
    return this.seen.slice(since).findLast(({ event }) => isIt(event)) ?? null;
  }

  async close(): Promise<void> {
    await this.stripe.webhookEndpoints.del(this.endpointId).catch(() => undefined);
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
