import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A door before the Sandbox that counts who asks for events, and can be told to refuse. */
export class StripeDoor {
  /** The paths of the requests for events, with their queries, in order. */
  readonly asked: string[] = [];
  private readonly refusals: Array<number | null> = [];

  private constructor(
    private readonly server: Server,
    private readonly sandbox: string,
  ) {}

  static async open(sandbox: string): Promise<StripeDoor> {
    const server = createServer();
    const door = new StripeDoor(server, sandbox);
    server.on('request', (request, response) => void door.pass(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    server.unref();
    return door;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** What the next requests for events get instead of an answer, one after the other; null: their answer. */
  answersNext(...statuses: Array<number | null>): void {
    this.refusals.push(...statuses);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/';
    if (path.startsWith('/v1/events')) {
      this.asked.push(path);
      const status = this.refusals.shift() ?? null;
      if (status !== null) return void refuse(response, status);
    }
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => name !== 'host' && name !== 'connection'));
    const answer = await fetch(new URL(path, this.sandbox), { headers: headers as Record<string, string> }).catch(() => null);
    if (!answer) return void response.destroy();
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(Buffer.from(await answer.arrayBuffer()));
  }
}

function refuse(response: ServerResponse, status: number): void {
  const error = { type: status === 401 ? 'invalid_request_error' : 'api_error', message: `Refused with ${status}.` };
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
}
