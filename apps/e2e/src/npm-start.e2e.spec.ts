import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ALL_READY, isAlive, runToEnd, Trial } from './npm-start.js';

/** As much as a slow machine may take, and the promises of the README. */
const FIRST_START_MS = 60_000;
const NEXT_START_MS = 15_000;

describe('npm start', () => {
  let trial: Trial;
  beforeAll(async () => void (trial = await Trial.begin()));
  afterEach(() => trial.killWhatIsLeft());
  afterAll(() => trial.end());

  it('shows a URL, an API key and lines that work when pasted: a signed webhook becomes a customer and a subscription', async () => {
    const start = await trial.start();
    expect(start.output).toMatch(/Turnpike runs at http:\/\/127\.0\.0\.1:\d+/);
    expect(start.startedInMs).toBeLessThan(FIRST_START_MS);

    const webhookLine = /^ +(npm run webhook .*)$/m.exec(start.output)?.[1] ?? '';
    const curlLine = /^ +(curl .*)$/m.exec(start.output)?.[1] ?? '';
    expect(await runToEnd('sh', ['-c', webhookLine])).toMatchObject({ code: 0, output: expect.stringContaining('"received":true') });
    const subscribed = await trial.run('webhook', ['customer.subscription.created', '--customer', 'cus_sub']);
    expect(subscribed).toMatchObject({ code: 0 });
    expect(await trial.run('webhook', ['customer.created', '--customer', 'cus_sub', '--email', 'sub@example.com'])).toMatchObject({
      code: 0,
    });
    await trial.settled(start, ['cus_sub']);
    await start.until(() => start.output.includes('customer.created'), 5_000);

    const { output } = await runToEnd('sh', ['-c', curlLine.replace('curl ', 'curl -s ')]);
    expect(JSON.parse(output)).toMatchObject({
      object: 'list',
      data: expect.arrayContaining([expect.objectContaining({ stripeId: 'cus_sub', connectionId: 'conn_sandbox' })]),
    });
    const [row] = await trial.sql<{ id: string }>('customers', `select id from subscription where status = 'active'`);
    const subscription = await fetch(`${start.url}/v1/subscriptions/${row?.id}`, { headers: { authorization: `Bearer ${trial.apiKey}` } });
    expect(await subscription.json()).toMatchObject({ status: 'active', items: [{ priceId: 'price_example' }] });

    await start.controlC();
  });

  it('is quiet: no warning, no secret, one line per event', async () => {
    const start = await trial.start();
    await trial.deliver(start.url ?? '', 'cus_quiet');
    await trial.settled(start, ['cus_quiet']);
    await start.controlC();
    expect(start.output).not.toMatch(/warning|deprecat/i);
    expect(start.output).not.toMatch(/whsec_|postgres:\/\/|quiet@example\.com/);
    expect(start.output.split('\n').filter((line) => line.includes('webhook.stored'))).toHaveLength(1);
    expect(start.output.split('\n').filter((line) => line.includes('"level":"warn"') || line.includes('"level":"error"'))).toEqual([]);
  });

  it('answers for all services: alive, ready, metrics and documentation', async () => {
    const start = await trial.start();
    const ask = async (path: string) => await (await fetch(`${start.url}${path}`)).text();
    expect(JSON.parse(await ask('/healthz'))).toMatchObject({ status: 'alive' });
    expect(JSON.parse(await ask('/readyz'))).toEqual(ALL_READY);
    const metrics = await ask('/metrics');
    expect(metrics).toMatch(/service="gateway"/);
    expect(metrics).toMatch(/service="customers"/);
    expect(await ask('/docs')).toContain('/docs/customers');
    expect(JSON.parse(await ask('/docs/customers/openapi.json'))).toMatchObject({
      openapi: '3.1.0',
      paths: { '/v1/customers': expect.anything() },
    });
    expect((await fetch(`${start.url}/v1/nothing`)).headers.get('content-type')).toBe('application/problem+json');
    expect(await trial.run('turnpike', ['dead-letters', 'list'])).toEqual({ code: 0, output: '0 dead letters.\n' });
    await start.controlC();
  });

  it('finishes what runs at Ctrl-C, services first and PostgreSQL last, and starts again with all of it', async () => {
    const start = await trial.start();
    const before = trial.postgresLog.length;
    const load = trial.deliverUntil(start);
    await start.until(() => load.accepted.length > 100, 30_000);
    await start.controlC();
    const accepted = await load.stop();
    expect(trial.postgresPid).toBeNull();
    expect(start.output).toMatch(/service\.stopped[\s\S]*service\.stopped[\s\S]*\nStopped\./);
    // Nobody was sent away: everybody had left before.
    expect(trial.postgresLog.slice(before)).not.toMatch(/terminating connection/);
    expect(trial.postgresLog.slice(before)).toMatch(/database system is shut down/);

    const next = await trial.start();
    expect(next.startedInMs).toBeLessThan(NEXT_START_MS);
    expect(next.output).not.toContain('tk_sandbox_');
    const states = await trial.settled(next, accepted);
    expect(accepted.filter((customer) => states.get(customer) !== 1)).toEqual([]);
    await next.controlC();
  });

  it('ends just so when SIGTERM reaches npm alone', async () => {
    const start = await trial.start();
    const { launcherPid } = start;
    process.kill(start.npmPid, 'SIGTERM');
    await start.ended();
    expect(isAlive(launcherPid)).toBe(false);
    expect(start.output).toMatch(/\nStopped\./);
    expect(trial.postgresPid).toBeNull();
  });

  it('ends just so when npm was killed and nobody is left to tell it', async () => {
    const start = await trial.start();
    const { launcherPid } = start;
    // With some shells npm itself is the parent, with others the shell that it runs scripts in.
    const { output: parent } = await runToEnd('ps', ['-o', 'ppid=', '-p', String(launcherPid)]);
    for (const pid of new Set([start.npmPid, Number(parent)])) process.kill(pid, 'SIGKILL');
    await start.until(() => !isAlive(launcherPid), 30_000);
    expect(trial.postgresPid).toBeNull();
  });

  it.each([
    ['Node', (start: { launcherPid: number }) => process.kill(start.launcherPid, 'SIGKILL')],
    ['the whole process group', (start: { npmPid: number }) => process.kill(-start.npmPid, 'SIGKILL')],
  ])('loses and doubles nothing after kill -9 of %s, and takes over the PostgreSQL left behind', async (_, kill) => {
    const start = await trial.start();
    const load = trial.deliverUntil(start);
    await start.until(() => load.accepted.length > 100, 30_000);
    const left = trial.postgresPid;
    kill(start);
    const accepted = await load.stop();
    await start.ended();
    expect(left).not.toBeNull();

    const next = await trial.start();
    expect(next.startedInMs).toBeLessThan(NEXT_START_MS);
    const states = await trial.settled(next, accepted);
    expect(accepted.filter((customer) => states.get(customer) !== 1)).toEqual([]);
    await next.controlC();
    expect(trial.postgresPid).toBeNull();
  });

  it('starts its PostgreSQL again when that alone is killed, and asks Stripe to come back meanwhile', async () => {
    const start = await trial.start();
    process.kill(trial.postgresPid ?? 0, 'SIGKILL');
    const statuses = new Set<number>();
    for (const end = Date.now() + 30_000; Date.now() < end && !(statuses.has(200) && statuses.size > 1); await delay(100)) {
      statuses.add(await trial.deliver(start.url ?? '', 'cus_after_crash'));
    }
    expect([...statuses].toSorted()).toEqual([200, 503]);
    await trial.settled(start, ['cus_after_crash']);
    await start.controlC();
  });

  it('names a taken port, and the process that holds the folder', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const refused = await trial.start(['--port', String(port)]);
    await refused.ended();
    expect(refused.code).toBe(1);
    expect(refused.output).toContain(`Port ${port} on 127.0.0.1 is taken`);
    expect(refused.output).toContain(`--port ${port + 1}`);
    expect(trial.postgresPid).toBeNull();
    other.close();

    const start = await trial.start();
    for (const words of [[], ['--reset']]) {
      const second = await trial.start(words);
      await second.ended();
      expect(second.code).toBe(1);
      expect(second.output).toContain(`as process ${start.launcherPid}`);
    }
    expect((await fetch(`${start.url}/readyz`)).status).toBe(200);
    await start.controlC();
  });

  it('shows its usage when it is asked wrongly', async () => {
    const refused = await trial.start(['--prot', '80']);
    await refused.ended();
    expect(refused.code).toBe(2);
    expect(refused.output).toMatch(/Unknown option '--prot'[\s\S]*npm start -- \[options\]/);
  });

  it('throws everything away with --reset, also what a killed start has left running', async () => {
    const start = await trial.start();
    const old = trial.apiKey;
    await trial.deliver(start.url ?? '', 'cus_old');
    await trial.settled(start, ['cus_old']);
    await start.kill();
    expect(trial.postgresPid).not.toBeNull();

    const clean = await trial.start(['--reset']);
    const key = /tk_sandbox_[\w-]+/.exec(clean.output)?.[0] ?? '';
    expect([key === '', key === old]).toEqual([false, false]);
    const answer = async (apiKey: string) => await fetch(`${clean.url}/v1/customers`, { headers: { authorization: `Bearer ${apiKey}` } });
    expect((await answer(old)).status).toBe(401);
    expect(await (await answer(key)).json()).toMatchObject({ data: [] });
    await clean.controlC();
  });
});
