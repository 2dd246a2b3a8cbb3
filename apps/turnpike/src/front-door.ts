import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DomainError, toProblem, Unavailable } from '@turnpike/service';
import type { Backend } from './backend.js';
import { docsPage } from './docs-page.js';
import { mergeMetrics } from './metrics.js';

const DRAIN_SECONDS = 15;

export class PortTaken extends Error {
  constructor(
    readonly port: number,
    readonly host: string,
  ) {
    super(`Port ${port} on ${host} is taken by another process. Stop that one, or choose another: npm start -- --port ${port + 1}`);
  }
}

class RouteNotFound extends DomainError {
  readonly kind = 'not-found';
  readonly code = 'route_not_found';
  constructor() {
    super('No service answers this path. GET /docs lists what there is.');
  }
}

/** The one port of all services: each request goes to the service whose door its path begins with, the longest door first. */
export class FrontDoor {
  private backends: readonly Backend[] = [];
  private doors: ReadonlyArray<{ prefix: string; backend: Backend }> = [];
  private own: () => Promise<string> = async () => '';
  private state: 'starting' | 'open' | 'closing' = 'starting';
  private readonly server: Server = createServer((request, response) => this.answer(request, response));

  /**
   * Takes the port, before anything slow is begun: who meets a taken one learns it at once. Until `open` it asks callers to come again.
   * @returns the URL
   * @throws PortTaken
   */
  async listen(port: number, host: string): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, port, host)));
      this.server.listen(port, host, resolve);
    });
    const address: AddressInfo | string | null = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('The front door has no port.');
    const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
    return `http://${shown.includes(':') ? `[${shown}]` : shown}:${address.port}`;
  }

  /**
   * @param own metrics of this process, beside those of the services
   * @throws Error when two services claim one door
   */
  open(backends: readonly Backend[], own?: () => Promise<string>): void {
    if (own) this.own = own;
    const doors = backends.flatMap((backend) =>
      [...new Set([...backend.doors, `/internal/${backend.name}`, `/docs/${backend.name}`])].map((prefix) => ({ prefix, backend })),
    );
    for (const [index, { prefix, backend }] of doors.entries()) {
      const other = doors.slice(0, index).find((one) => one.prefix === prefix);
      if (other) throw new Error(`${other.backend.name} and ${backend.name} both claim ${prefix}. A door belongs to one service.`);
    }
    this.backends = backends;
    this.doors = doors.sort((one, other) => other.prefix.length - one.prefix.length);
    this.state = 'open';
  }

  /** Accepts nothing new; resolves when what was accepted has its answer, or after a while. */
  async close(): Promise<void> {
    this.state = 'closing';
    if (!this.server.listening) return;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeIdleConnections();
    const deadline = setTimeout(() => this.server.closeAllConnections(), DRAIN_SECONDS * 1000);
    await closed;
    clearTimeout(deadline);
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    if (this.state === 'closing') response.setHeader('connection', 'close');
    const door = this.doors.find(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`));
    if (door) return door.backend.handle(request, response);
    if (path === '/healthz') return sendJson(response, 200, { status: 'alive' });
    if (this.state === 'starting') return sendProblem(response, new Unavailable('Turnpike, which is just starting,', 2));
    if (path === '/readyz') return void this.ready(response);
    if (path === '/metrics') return void this.metrics(response);
    if (path === '/' || path === '/docs') return send(response, 200, 'text/html; charset=utf-8', docsPage(this.backends));
    sendProblem(response, new RouteNotFound());
  }

  private async ready(response: ServerResponse): Promise<void> {
    const services = await Promise.all(
      this.backends.map(async (backend) => ({
        name: backend.name,
        status: await backend.check().then(
          () => 'ready',
          () => 'not ready',
        ),
      })),
    );
    const isReady = this.state === 'open' && services.every(({ status }) => status === 'ready');
    sendJson(response, isReady ? 200 : 503, {
      status: isReady ? 'ready' : 'not ready',
      services: Object.fromEntries(services.map(({ name, status }) => [name, status])),
    });
  }

  private async metrics(response: ServerResponse): Promise<void> {
    // A service that is just being restarted is missing from one scrape; the others are not.
    const pages = await Promise.all(
      [this.own, ...this.backends.map((backend) => () => backend.metrics())].map((page) => page().catch(() => '')),
    );
    send(response, 200, 'text/plain; version=0.0.4; charset=utf-8', mergeMetrics(pages));
  }
}

/** An error of ours as problem+json, where no service has the request yet. */
export function sendProblem(response: ServerResponse, error: Error): void {
  const { problem, retryAfterSeconds } = toProblem(error, randomUUID());
  if (retryAfterSeconds !== null) response.setHeader('retry-after', String(retryAfterSeconds));
  send(response, problem.status, 'application/problem+json', JSON.stringify(problem));
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  send(response, status, 'application/json', JSON.stringify(body));
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function explain(error: NodeJS.ErrnoException, port: number, host: string): Error {
  if (error.code === 'EADDRINUSE') return new PortTaken(port, host);
  if (error.code === 'EACCES')
    return new Error(`Port ${port} needs rights that this user does not have. Choose one above 1023: npm start -- --port 8080`);
  return error;
}
