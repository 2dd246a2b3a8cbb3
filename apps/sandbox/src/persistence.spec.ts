import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import Stripe from 'stripe';
import { startSandbox } from './start.js';
import { freshKey } from './testing/started-sandbox.js';

const ROOT = resolve(import.meta.dirname, '../../..');
let data: string;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'sandbox-'));
});
afterAll(() => rm(data, { recursive: true, force: true }));

async function startedAlone(): Promise<{ process: ChildProcess; port: number }> {
  const loader = ['--disable-warning=ExperimentalWarning', '--conditions=@turnpike/source', '--import', join(ROOT, 'tools/loader.mjs')];
  const child = spawn(process.execPath, [...loader, join(import.meta.dirname, 'main.ts'), '--port', '0', '--data', data], { cwd: ROOT });
  child.stderr.pipe(process.stderr);
  for await (const chunk of child.stdout) {
    const [, port] = /Sandbox at http:\/\/127\.0\.0\.1:(\d+)/.exec(String(chunk)) ?? [];
    if (port !== undefined) return { process: child, port: Number(port) };
  }
  throw new Error('the sandbox did not start');
}

const client = (key: string, port: number) => new Stripe(key, { host: '127.0.0.1', port, protocol: 'http', maxNetworkRetries: 0 });

describe('the state', () => {
  it('after kill -9 in the middle of writing holds all that was answered, and a try again under its key makes nothing twice', async () => {
    const alone = await startedAlone();
    const key = freshKey();
    const answered: string[] = [];
    const stripe = client(key, alone.port);
    const write = async (lane: number): Promise<void> => {
      for (let count = 0; ; count += 1) {
        const name = `${lane}-${count}`;
        await stripe.customers.create({ name }, { idempotencyKey: name });
        answered.push(name);
        if (answered.length === 60) alone.process.kill('SIGKILL');
      }
    };
    await Promise.allSettled([0, 1, 2, 3].map(write));
    if (alone.process.signalCode === null) await once(alone.process, 'exit');

    const again = await startSandbox({ data });
    const after = client(key, again.port);
    for (const name of answered) await after.customers.create({ name }, { idempotencyKey: name });
    const kept: Array<string | null | undefined> = [];
    for await (const { name } of after.customers.list({ limit: 100 })) kept.push(name);
    expect(kept.filter((name) => answered.includes(name ?? '')).toSorted()).toEqual(answered.toSorted());
    // What was saved but never answered may be there besides: one per lane at most.
    expect(kept.length - answered.length).toBeLessThanOrEqual(4);
    const told: string[] = [];
    for await (const event of after.events.list({ type: 'customer.created', limit: 100 })) told.push(event.id);
    expect(told).toHaveLength(kept.length);
    await again.stop();
  });
});

describe('a sandbox inside another server', () => {
  it('answers by its handler, without a port of its own', async () => {
    const sandbox = await startSandbox({ data, listen: false });
    const server: Server = createServer((request, response) => sandbox.handle(request, response));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const stripe = client(freshKey(), (server.address() as AddressInfo).port);
    expect((await stripe.customers.create({ name: 'Ada' })).name).toBe('Ada');
    expect(sandbox.url).toBe('');
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    await sandbox.stop();
  });
});
