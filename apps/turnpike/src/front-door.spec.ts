import { createServer, request as startRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Backend } from './backend.js';
import { FrontDoor } from './front-door.js';
import { passOn } from './proxy.js';

const toClose: Array<() => Promise<unknown> | unknown> = [];
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});

async function aDoor(...backends: Backend[]): Promise<{ door: FrontDoor; url: string }> {
  const door = new FrontDoor();
  toClose.push(() => door.close());
  const url = await door.listen(0, '127.0.0.1');
  if (backends.length > 0) door.open(backends);
  return { door, url };
}

function aBackend(name: string, doors: string[], over: Partial<Backend> = {}): Backend {
  return {
    name,
    title: `The ${name}`,
    doors,
    isUp: true,
    handle: (request, response) => void response.end(`${name} ${request.url}`),
    check: async () => undefined,
    metrics: async () => `# TYPE up gauge\nup{service="${name}"} 1\n`,
    stop: async () => undefined,
    ...over,
  };
}

describe('the front door', () => {
  it('gives a request to the service with the longest door that fits', async () => {
    const { url } = await aDoor(aBackend('wide', ['/v1']), aBackend('narrow', ['/v1/customers']));
    expect(await text(`${url}/v1/customers/cust_1?limit=2`)).toBe('narrow /v1/customers/cust_1?limit=2');
    expect(await text(`${url}/v1/customers`)).toBe('narrow /v1/customers');
    expect(await text(`${url}/v1/customersss`)).toBe('wide /v1/customersss');
    expect(await text(`${url}/internal/wide/dead-letters`)).toBe('wide /internal/wide/dead-letters');
  });

  it('answers what nobody answers with problem+json', async () => {
    const { url } = await aDoor(aBackend('one', ['/v1/one']));
    const response = await fetch(`${url}/v2/one`);
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
    expect(await response.json()).toMatchObject({ code: 'route_not_found', status: 404 });
  });

  it('asks callers to come again until everything runs, and is alive meanwhile', async () => {
    const { url } = await aDoor();
    const early = await fetch(`${url}/webhooks/stripe/conn`, { method: 'POST', body: '{}' });
    expect([early.status, early.headers.get('retry-after')]).toEqual([503, '2']);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('is ready when all services are, and names the one that is not', async () => {
    const { url } = await aDoor(
      aBackend('well', ['/a']),
      aBackend('ill', ['/b'], { check: async () => Promise.reject(new Error('no database')) }),
    );
    const response = await fetch(`${url}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: 'not ready', services: { well: 'ready', ill: 'not ready' } });
  });

  it('shows the metrics of those that answer', async () => {
    const { url } = await aDoor(
      aBackend('well', ['/a']),
      aBackend('ill', ['/b'], { metrics: async () => Promise.reject(new Error('gone')) }),
    );
    expect(await text(`${url}/metrics`)).toBe('# TYPE up gauge\nup{service="well"} 1\n');
  });

  it('lists the documentation of every service', async () => {
    const { url } = await aDoor(aBackend('one', ['/a']), aBackend('two', ['/b']));
    expect(await text(`${url}/docs`)).toMatch(/href="\/docs\/one"[\s\S]*href="\/docs\/two"/);
    expect(await text(`${url}/docs/two/openapi.json`)).toBe('two /docs/two/openapi.json');
  });

  it('refuses two services with one door', async () => {
    const { door } = await aDoor();
    expect(() => door.open([aBackend('one', ['/v1/x']), aBackend('two', ['/v1/x'])])).toThrow(/one and two both claim \/v1\/x/);
  });

  it('names a taken port and the way to another', async () => {
    const { url } = await aDoor();
    const port = Number(new URL(url).port);
    await expect(new FrontDoor().listen(port, '127.0.0.1')).rejects.toThrow(new RegExp(`Port ${port} .* --port ${port + 1}`));
  });

  it('answers what it has accepted before it closes, and accepts nothing new', async () => {
    let finish = () => {};
    const isAsked = new Promise<void>((asked) => {
      const slow = aBackend('slow', ['/slow'], {
        handle: (_, response) => {
          finish = () => void response.end('done');
          asked();
        },
      });
      void aDoor(slow).then(({ door, url }) => {
        opened = { door, url };
        answer = text(`${url}/slow`);
      });
    });
    let opened: { door: FrontDoor; url: string } | null = null;
    let answer: Promise<string> = Promise.resolve('');
    await isAsked;
    const { door, url } = opened!;
    const closing = door.close();
    await expect(fetch(`${url}/slow`)).rejects.toThrow();
    finish();
    expect(await answer).toBe('done');
    await closing;
  });
});

describe('a request to a service of its own process', () => {
  it('arrives byte for byte, and its answer comes back whole', async () => {
    const origin = await anOrigin((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        response.setHeader('x-seen', request.headers['stripe-signature'] ?? '');
        response.writeHead(201).end(Buffer.concat(chunks));
      });
    });
    const { url } = await aDoor(aBackend('far', ['/far'], { handle: (request, response) => passOn('far', origin, request, response) }));
    const body = Buffer.from([0, 255, 10, 13, 123, 34, 0]);
    const response = await fetch(`${url}/far/x`, { method: 'POST', body, headers: { 'stripe-signature': 't=1,v1=2' } });
    expect([response.status, response.headers.get('x-seen')]).toEqual([201, 't=1,v1=2']);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(body);
  });

  it('is a 503 with Retry-After while that service is away', async () => {
    const gone = await anOrigin(() => undefined);
    await toClose.pop()?.();
    for (const origin of [null, gone]) {
      const { url } = await aDoor(aBackend('far', ['/far'], { handle: (request, response) => passOn('far', origin, request, response) }));
      const response = await fetch(`${url}/far`, { method: 'POST', body: '{}' });
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
      expect(await response.json()).toMatchObject({ code: 'unavailable' });
    }
  });

  it('is broken off when that service dies half-way, not ended as if it were whole', async () => {
    const origin = await anOrigin((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
      setTimeout(() => response.socket?.destroy(), 20);
    });
    const { url } = await aDoor(aBackend('far', ['/far'], { handle: (request, response) => passOn('far', origin, request, response) }));
    await expect(text(`${url}/far`)).rejects.toThrow();
  });

  it('is broken off there when its caller goes away', async () => {
    let noticed = () => {};
    const isNoticed = new Promise<void>((resolve) => (noticed = resolve));
    const origin = await anOrigin((request) => void request.on('close', noticed));
    const { url } = await aDoor(aBackend('far', ['/far'], { handle: (request, response) => passOn('far', origin, request, response) }));
    const caller = startRequest(`${url}/far`);
    caller.on('error', () => undefined);
    caller.end();
    setTimeout(() => caller.destroy(), 100);
    await isNoticed;
  });
});

async function anOrigin(handle: Parameters<typeof createServer>[1]): Promise<URL> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  toClose.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

async function text(url: string): Promise<string> {
  return await (await fetch(url)).text();
}
