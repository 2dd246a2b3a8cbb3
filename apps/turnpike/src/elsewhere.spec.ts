import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { elsewhere } from './elsewhere.js';
import { FrontDoor } from './front-door.js';

let server: Server | null = null;
let door: FrontDoor | null = null;
afterEach(async () => {
  await door?.close();
  server?.closeAllConnections();
  server?.close();
  server = door = null;
});

/** A service of its own, behind a front door of its own. */
async function doorBefore(isReady: () => boolean): Promise<string> {
  const service = createServer((request, response) => {
    if (request.url === '/readyz') response.writeHead(isReady() ? 200 : 503).end();
    else if (request.url === '/metrics') response.end('# TYPE things counter\nthings{service="gateway"} 1\n');
    else response.writeHead(201, { 'x-answered-by': 'gateway' }).end(`${request.method} ${request.url}`);
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  server = service;
  const { port } = service.address() as AddressInfo;
  door = new FrontDoor();
  const url = await door.listen(0, '127.0.0.1');
  door.open([elsewhere({ name: 'gateway', title: 'Gateway', doors: ['/webhooks/stripe'] }, new URL(`http://127.0.0.1:${port}`))]);
  return url;
}

describe('a service that runs elsewhere', () => {
  it('answers through the front door, by its own doors', async () => {
    const url = await doorBefore(() => true);
    const answer = await fetch(`${url}/webhooks/stripe/con_1?x=1`, { method: 'POST', body: '{}' });
    expect(answer.status).toBe(201);
    expect(await answer.text()).toBe('POST /webhooks/stripe/con_1?x=1');
    expect((await fetch(`${url}/v1/customers`)).status).toBe(404);
  });

  it('is part of what the front door says of itself', async () => {
    let isReady = true;
    const url = await doorBefore(() => isReady);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('things{service="gateway"} 1');
    isReady = false;
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
  });

  it('is a 503 that may be tried again while it is away', async () => {
    const url = await doorBefore(() => true);
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve));
    const answer = await fetch(`${url}/webhooks/stripe/con_1`, { method: 'POST', body: '{}' });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).not.toBeNull();
  });
});
