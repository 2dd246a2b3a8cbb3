import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Scope } from '@turnpike/contracts-events';
import { startSandbox, type Sandbox } from '@turnpike/sandbox';
import Stripe from 'stripe';
import { anEvent, SECRET, StartedGateway } from './testing/started-gateway.js';

const SCOPE: Scope = { organization: 'acme', environment: 'sandbox' };
let gateway: StartedGateway;
let sandbox: Sandbox;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'turnpike-polled-'));
  sandbox = await startSandbox({ data: folder });
  gateway = await StartedGateway.start({ POLL_EVERY_SECONDS: '0.1' });
});
beforeEach(() => gateway.empty());
afterAll(async () => {
  await gateway?.stop();
  await sandbox?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

interface Account {
  readonly id: string;
  readonly key: string;
  readonly stripe: Stripe;
}

/** An account of its own at the Sandbox, connected and polled. */
async function polledAccount(): Promise<Account> {
  const account = someAccount();
  await connect(account);
  return account;
}

function someAccount(): Account {
  const part = randomBytes(8).toString('hex');
  const { hostname, port } = new URL(sandbox.url);
  const key = `sk_test_${part}`;
  return { id: `con_${part}`, key, stripe: new Stripe(key, { host: hostname, port, protocol: 'http', maxNetworkRetries: 0 }) };
}

/** The Sandbox, but for events of what is called so: they are not in its list, until they are. */
async function listThatHides(name: string): Promise<{ url: string; shows(): void; stop(): Promise<void> }> {
  let hidden: string | null = name;
  const server = createServer((request, response) => {
    const { authorization = '' } = request.headers;
    void fetch(new URL(request.url ?? '', sandbox.url), { headers: { authorization } }).then(async (answer) => {
      const body = (await answer.json()) as { data?: Array<{ data: { object: { name?: string } } }> };
      const data = body.data?.filter((event) => event.data.object.name !== hidden);
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(data ? { ...body, data } : body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stop = () => new Promise<void>((resolve) => (server.closeAllConnections(), server.close(() => resolve())));
  return { url: `http://127.0.0.1:${port}`, shows: () => void (hidden = null), stop };
}

async function connect({ id, key }: Account, mode = 'polling', baseUrl = sandbox.url): Promise<void> {
  gateway.connections.holds(SCOPE, id, { secretKey: key, baseUrl, webhookSecrets: [SECRET] });
  await gateway.inside.query(
    `insert into known_connection (organization, environment, id, status, livemode, ingest_mode, secrets_version, version_epoch, version_n)
     values ($1, $2, $3, 'verified', false, $4, 1, 1, 0)`,
    [SCOPE.organization, SCOPE.environment, id, mode],
  );
}

async function operator(door: string, body: object): Promise<void> {
  const response = await fetch(`${sandbox.url}/_sandbox/${door}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await response.text());
}

/** What was announced of a connection, once it is this many. */
async function told(id: string, count: number): Promise<Record<string, unknown>[]> {
  for (const end = Date.now() + 20_000; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
    const all = (await gateway.announced()).filter((event) => event['connectionId'] === id);
    if (all.length >= count) return all;
    if (Date.now() > end) throw new Error(`Waited for ${count} in vain; there are ${all.length}.`);
  }
}

describe('a connection without an endpoint', () => {
  it('is polled: events arrive as deliveries do, in their order, each once', async () => {
    const account = await polledAccount();
    const customer = await account.stripe.customers.create({ name: 'Ada' });
    await told(account.id, 1);
    await account.stripe.customers.update(customer.id, { name: 'Ada Lovelace' });
    await account.stripe.customers.del(customer.id);
    const events = await told(account.id, 3);
    expect(events.map((event) => event['type'])).toEqual(['customer.created', 'customer.updated', 'customer.deleted']);
    expect(events[1]).toMatchObject({ objectId: customer.id, object: { name: 'Ada Lovelace' }, previousAttributes: { name: 'Ada' } });
    expect((await gateway.rows('stripe_event_body')).filter((row) => row['connection_id'] === account.id)).toHaveLength(3);
  });

  it('begins with what happened in the last minutes, however much that was', async () => {
    const account = someAccount();
    for (let at = 0; at < 230; at++) await account.stripe.customers.create({ name: `No. ${at}` });
    await connect(account);
    const events = await told(account.id, 230);
    expect(events.map((event) => (event['object'] as { name: string }).name)).toEqual(Array.from({ length: 230 }, (_, at) => `No. ${at}`));
  }, 60_000);

  it('gets an event that turns up in the list behind one that was read before it', async () => {
    const account = someAccount();
    const list = await listThatHides('late');
    await connect(account, 'polling', list.url);
    await account.stripe.customers.create({ name: 'first' });
    await told(account.id, 1);
    for (const name of ['late', 'last']) await account.stripe.customers.create({ name });
    const names = async (count: number) => (await told(account.id, count)).map((event) => (event['object'] as { name: string }).name);
    expect(await names(2)).toEqual(['first', 'last']);
    list.shows();
    expect(await names(3)).toEqual(['first', 'last', 'late']);
    await list.stop();
  }, 40_000);

  it('gets an event once that came both ways', async () => {
    const account = await polledAccount();
    await account.stripe.customers.create({ name: 'Ada' });
    const [event] = await told(account.id, 1);
    const again = anEvent({ id: event?.['eventId'], created: event?.['created'] });
    expect((await gateway.deliver(again, { connection: account.id })).body).toMatchObject({ duplicate: true });
    expect(await told(account.id, 1)).toHaveLength(1);
  });

  it('is polled on after Stripe was down, limited us, or cut the line; nothing is lost', async () => {
    const account = await polledAccount();
    await account.stripe.customers.create({ name: 'before' });
    await told(account.id, 1);
    for (const kind of ['500', '429', 'reset-before'])
      await operator('faults', { account: account.key, kind, times: 1, match: { path: '/v1/events' } });
    await account.stripe.customers.create({ name: 'meanwhile' });
    expect((await told(account.id, 2)).map((event) => (event['object'] as { name: string }).name)).toEqual(['before', 'meanwhile']);
  }, 40_000);

  it('goes on where it was when the gateway is started again', async () => {
    const account = await polledAccount();
    await account.stripe.customers.create({ name: 'before' });
    await told(account.id, 1);
    await gateway.restart();
    await account.stripe.customers.create({ name: 'after' });
    expect(await told(account.id, 2)).toHaveLength(2);
  });

  it('tells connections of a key that Stripe refuses', async () => {
    const account = await polledAccount();
    await account.stripe.customers.create({ name: 'before' });
    await told(account.id, 1);
    await operator('revoked_keys', { key: account.key });
    for (const end = Date.now() + 20_000; !gateway.connections.unauthorized.includes(account.id);) {
      if (Date.now() > end) throw new Error('Nobody was told.');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });

  it('is not polled any more once webhooks have been there for a minute', async () => {
    const account = someAccount();
    await connect(account, 'webhook');
    await account.stripe.customers.create({ name: 'before' });
    await told(account.id, 1);
    const other = await polledAccount();
    await account.stripe.customers.create({ name: 'not polled' });
    await other.stripe.customers.create({ name: 'polled' });
    await told(other.id, 1);
    expect(await told(account.id, 0)).toHaveLength(1);
    await gateway.inside.query(`update known_connection set polls_until = now() + interval '1 minute' where id = $1`, [account.id]);
    await gateway.inside.query(`update event_cursor set next_at = now() where connection_id = $1`, [account.id]);
    expect(await told(account.id, 2)).toHaveLength(2);
  });
});
