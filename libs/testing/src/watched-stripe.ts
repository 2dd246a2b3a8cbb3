import { createServer, request as forward, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to one request instead of, or before, its answer. */
export interface Interference {
  /** Answered with this status, and not passed on. */
  readonly status?: number;
  readonly delayMs?: number;
}

export interface SeenRequest {
  readonly method: string;
  /** With its query, decoded. */
  readonly path: string;
  readonly at: number;
}

/** Stands between a service and a Sandbox: sees every request, and makes some late or refused. */
export class WatchedStripe {
  readonly seen: SeenRequest[] = [];
  /** Asked about each request. @param n counts from 1 */
  interfere: (request: SeenRequest, n: number) => Interference = () => ({});

  private constructor(private readonly server: Server) {}

  /** @param target of the Sandbox: `http://127.0.0.1:12111` */
  static async start(target: string): Promise<WatchedStripe> {
    const server = createServer();
    const watched = new WatchedStripe(server);
    server.on('request', (request, response) => {
      const one = { method: request.method ?? 'GET', path: decodeURIComponent(request.url ?? ''), at: performance.now() };
      watched.seen.push(one);
      const { status, delayMs = 0 } = watched.interfere(one, watched.seen.length);
      setTimeout(() => {
        if (status !== undefined) {
          request.resume();
          response.writeHead(status, { 'content-type': 'application/json' });
          return response.end(
            JSON.stringify({ error: { type: status === 429 ? 'rate_limit_error' : 'api_error', message: 'Interfered.' } }),
          );
        }
        const passed = forward(new URL(request.url ?? '', target), { method: one.method, headers: request.headers }, (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        });
        passed.on('error', () => response.destroy());
        return request.pipe(passed);
      }, delayMs);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return watched;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Requests whose method and path begin so: `GET /v1/customers?`. */
  asked(beginning: string): readonly SeenRequest[] {
    return this.seen.filter(({ method, path }) => `${method} ${path}`.startsWith(beginning));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
