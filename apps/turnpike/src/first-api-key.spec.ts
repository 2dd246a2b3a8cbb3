import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { makeApiKey } from './first-api-key.js';

const toClose: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const close of toClose.splice(0)) await close();
});

const apiKey = { id: 'ak_1', environment: 'sandbox', name: 'first', prefix: 'tk_sandbox_a', replacesId: null };
const MADE = { apiKey: { ...apiKey, createdAt: '2026-11-21T09:00:00.000Z', expiresAt: null, revokedAt: null }, key: 'tk_sandbox_abc' };

/** Plays the front door: makes the key, and lets each service hear of it when it has been asked so often. */
async function aFrontDoor(heardAfter: Record<string, number>, make: { status: number; body: object } = { status: 201, body: MADE }) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url?.replace(/[0-9a-f]{64}/, '<hash>')} ${request.headers.authorization}`);
    const [, , service = ''] = request.url?.split('/') ?? [];
    if (request.method === 'GET') heardAfter[service] = (heardAfter[service] ?? 0) - 1;
    const isHeard = (heardAfter[service] ?? 0) < 0;
    response.statusCode = request.method === 'GET' ? (isHeard ? 200 : 404) : make.status;
    response.end(JSON.stringify(make.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  toClose.push(() => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))));
  const { port } = server.address() as AddressInfo;
  const services = [
    { name: 'organizations', doors: ['/v1/organization'] },
    { name: 'gateway', doors: ['/webhooks/stripe'] },
    { name: 'customers', doors: ['/v1/customers', '/internal/customers'] },
  ];
  return { asked, installed: { url: `http://127.0.0.1:${port}`, serviceToken: 'token', services } };
}

describe('the first API key', () => {
  it('is made by the service token, and is shown when every service that takes keys has heard of it', async () => {
    const { asked, installed } = await aFrontDoor({ customers: 3 });
    expect(await makeApiKey(installed, 'first')).toBe('tk_sandbox_abc');
    expect(asked.slice(0, 2)).toEqual([
      'POST /internal/organizations Bearer token',
      'POST /internal/organizations/example/api-keys Bearer token',
    ]);
    expect(asked.filter((line) => line === 'GET /internal/customers/known-api-keys/<hash> Bearer token')).toHaveLength(4);
    expect(asked.some((line) => line.includes('/internal/gateway'))).toBe(false);
  });

  it('that cannot be made is an error which says why', async () => {
    const { installed } = await aFrontDoor({}, { status: 503, body: { code: 'unavailable' } });
    await expect(makeApiKey(installed, 'first')).rejects.toThrow(/No API key could be made: 503 .*unavailable/);
  });
});
