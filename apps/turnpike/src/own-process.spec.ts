import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Log } from '@turnpike/service';
import type { Backend } from './backend.js';
import { startAsProcess } from './own-process.js';

const toStop: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const stop of toStop.splice(0).reverse()) await stop();
});

/** A service of eight lines that keeps to run-service's manners: it says where it listens, and ends with its channel. */
const SERVICE = `
  const server = require('node:http').createServer((request, response) => {
    if (request.url === '/die') process.exit(7);
    if (request.url === '/readyz' && process.env.ILL) response.statusCode = 503;
    response.end(JSON.stringify({ pid: process.pid, url: request.url, env: Object.keys(process.env) }));
  });
  process.on('SIGTERM', () => setTimeout(() => process.exit(0), 50));
  process.on('disconnect', () => process.exit(0));
  server.listen(0, '127.0.0.1', () => process.send({ listening: 'http://127.0.0.1:' + server.address().port }));`;

async function aService(
  source = SERVICE,
  environment: Record<string, string> = {},
): Promise<{ backend: Backend; ask: (path: string) => Promise<Response>; lines: string[] }> {
  const lines: string[] = [];
  const log = Log.of('turnpike', 'info', new Writable({ write: (chunk, _, done) => (lines.push(String(chunk)), done()) }));
  const backend = await startAsProcess({ name: 'sample', title: 'A sample', doors: ['/'] }, environment, {
    log,
    program: { arguments: ['-e', source] },
  });
  toStop.push(() => backend.stop());
  const server = createServer((request, response) => backend.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  toStop.push(() => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))));
  const { port } = server.address() as AddressInfo;
  return { backend, lines, ask: (path) => fetch(`http://127.0.0.1:${port}${path}`) };
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 8_000; Date.now() < end; await delay(50)) if (await isSo()) return;
  throw new Error('It never became so.');
}

describe('a service in a process of its own', () => {
  it('sees the environment it was given, and nothing of ours', async () => {
    const { ask } = await aService(SERVICE, { SERVICE_TOKEN: 'token' });
    const { env, pid } = (await (await ask('/x')).json()) as { env: string[]; pid: number };
    expect(pid).not.toBe(process.pid);
    expect(env.filter((name) => !['SERVICE_TOKEN', 'NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE'].includes(name))).toEqual([]);
  });

  it('that dies is started again, asks callers to come back meanwhile, and is found at its new port', async () => {
    const { ask, backend, lines } = await aService();
    const { pid } = (await (await ask('/x')).json()) as { pid: number };
    const dying = await ask('/die');
    expect([dying.status, dying.headers.get('retry-after')]).toEqual([503, '1']);
    await expect(backend.check()).rejects.toThrow();
    await until(async () => (await ask('/x')).status === 200);
    expect(((await (await ask('/x')).json()) as { pid: number }).pid).not.toBe(pid);
    await backend.check();
    expect(lines.join('')).toMatch(/"service.ended"/);
    expect(lines.join('')).toMatch(/"how":"exit 7"/);
  });

  it('is not ready when it says so itself', async () => {
    const { backend } = await aService(SERVICE, { ILL: '1' });
    await expect(backend.check()).rejects.toThrow('503');
  });

  it('is told to stop, finishes, and is not started again', async () => {
    const { backend, ask, lines } = await aService();
    const { pid } = (await (await ask('/x')).json()) as { pid: number };
    await backend.stop();
    expect(() => process.kill(pid, 0)).toThrow();
    await delay(400);
    expect(lines.join('')).not.toContain('service.ended');
  });

  it('that cannot start is an error, not a restart', async () => {
    await expect(aService('process.exit(3)')).rejects.toThrow('sample did not start (exit 3)');
  });
});
