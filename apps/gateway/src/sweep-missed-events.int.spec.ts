import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startSandbox, type Sandbox } from '@turnpike/sandbox';
import { until } from '@turnpike/testing';
import { GLOBEX_KEY, StartedGateway } from './testing/started-gateway.js';
import { StripeDoor } from './testing/stripe-door.js';
import { SCOPE, SweptAccount } from './testing/swept-account.js';
import { ToldConnections } from './testing/told-connections.js';

const SOON = { SWEEP_EVERY_SECONDS: '0.3', SWEEP_GRACE_SECONDS: '0.3', POLL_EVERY_SECONDS: '0.1' };
/** The first look of a process is at once; the next would be beyond any test. */
const RARELY = { ...SOON, SWEEP_EVERY_SECONDS: '3600' };
const HOUR = 3600;

let gateway: StartedGateway;
let sandbox: Sandbox;
const doors: StripeDoor[] = [];
let told: ToldConnections;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'turnpike-missed-'));
  sandbox = await startSandbox({ data: folder });
  gateway = await StartedGateway.start(SOON);
  told = await ToldConnections.start(gateway);
});
beforeEach(() => gateway.restart());
afterAll(async () => {
  await told?.stop();
  await gateway?.stop();
  for (const door of doors) await door.close();
  await sandbox?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

async function account(baseUrl?: string): Promise<SweptAccount> {
  const one = new SweptAccount(gateway, sandbox);
  await one.connect('webhook', baseUrl);
  return one;
}

/** An account whose Stripe is found through a door of its own. */
async function accountBehindDoor(): Promise<{ one: SweptAccount; door: StripeDoor }> {
  const door = await StripeDoor.open(sandbox.url);
  doors.push(door);
  return { one: await account(door.url), door };
}

async function forget(one: SweptAccount, upTo?: string): Promise<void> {
  const response = await fetch(`${sandbox.url}/_sandbox/forgotten_events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ account: one.key, ...(upTo === undefined ? {} : { upTo }) }),
  });
  if (!response.ok) throw new Error(await response.text());
}

/** Once the report says so of everything missed. */
async function reported(one: SweptAccount, because: string, missed: number): Promise<void> {
  await until(`${missed} missed events are reported`, async () => {
    const rows = (await one.report()).filter((row) => row.because === because);
    return rows.reduce((sum, row) => sum + row.eventsMissed, 0) >= missed;
  });
}

describe('webhooks that do not come', () => {
  it('are made up for from Stripe’s list, each event once, and reported', async () => {
    const one = await account();
    await one.stripe.customers.create({ name: 'delivered' });
    await one.delivers((await one.events())[0]!);
    for (const name of ['missed', 'missed, too']) await one.stripe.customers.create({ name });
    await one.isWhole();
    expect(await one.announced()).toEqual((await one.events()).map((event) => event.id));
    await reported(one, 'webhooks_missing', 2);
    const [latest, first] = await one.report();
    expect(latest).toMatchObject({ connectionId: one.id, because: 'webhooks_missing', eventsMissed: 2, eventsHealed: 2, gapId: null });
    expect(latest?.eventsSeen).toBeGreaterThanOrEqual(2);
    expect(Date.parse(latest?.until ?? '')).toBeGreaterThan(Date.parse(latest?.from ?? ''));
    expect(first).toMatchObject({ because: 'new_connection', eventsMissed: 0 });
    expect((await one.delivers((await one.events())[2]!))['duplicate']).toBe(true);
    expect(await one.announced()).toHaveLength(3);
  });

  it('are not counted when they are merely late', async () => {
    await gateway.restart({ SWEEP_GRACE_SECONDS: '600' });
    const one = await account();
    await one.stripe.customers.create({ name: 'late' });
    await until('it was seen', async () => ((await one.cursor())?.['horizon_event_id'] ?? null) !== null);
    expect(await one.announced()).toEqual([]);
    const [event] = await one.events();
    expect(await one.delivers(event!)).toMatchObject({ duplicate: false });
    await gateway.restart();
    await until('it was looked at again', async () => (await one.cursor())?.['event_id'] === event?.id);
    expect(await one.announced()).toEqual([event?.id]);
    expect((await one.report()).map((row) => row.because)).toEqual(['new_connection']);
  });

  it('are made up for when months pass on a test clock, whatever the events’ own time says', async () => {
    const one = await account();
    const clock = await one.stripe.testHelpers.testClocks.create({ frozen_time: Math.floor(Date.now() / 1000) - 400 * 24 * HOUR });
    const customer = await one.stripe.customers.create({ test_clock: clock.id, name: 'Ada' });
    const card = await one.stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
    await one.stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: card.id } });
    const product = await one.stripe.products.create({ name: 'Pro' });
    const price = await one.stripe.prices.create({
      product: product.id,
      currency: 'usd',
      unit_amount: 4900,
      recurring: { interval: 'month' },
    });
    await one.stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] });
    for (const days of [40, 80]) {
      await one.stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: clock.frozen_time + days * 24 * HOUR });
      await until('the clock is there', async () => (await one.stripe.testHelpers.testClocks.retrieve(clock.id)).status === 'ready');
    }
    await one.isWhole();
    const all = (await one.events()).map((event) => event.id);
    expect(all.length).toBeGreaterThan(30);
    await reported(one, 'webhooks_missing', all.length);
    expect(await one.announced()).toEqual(all);
  });

  it('are made up for over many pages, past limits, failures and a cut line, from where it was', async () => {
    const { one, door } = await accountBehindDoor();
    await one.stripe.customers.create({ name: 'known' });
    await one.isWhole();
    const [known] = await one.events();
    await gateway.pause();
    for (let at = 0; at < 330; at++) await one.stripe.customers.create({ name: `No. ${at}` });
    door.asked.length = 0;
    // One look that remembers the newest; then page by page, with what goes wrong between them.
    door.answersNext(null, null, null, 429, null, 500);
    await gateway.restart();
    await one.isWhole();
    expect(await one.announced()).toEqual((await one.events()).map((event) => event.id));
    await reported(one, 'pause', 330);
    const [latest] = await one.report();
    expect(latest).toMatchObject({ because: 'pause', eventsMissed: 330, eventsHealed: 330 });
    expect(door.asked.filter((path) => path.endsWith(`ending_before=${known?.id}`))).toHaveLength(2);
  }, 60_000);
});

describe('a usable connection', () => {
  it('costs one request a look while nothing happens, from the last known event on', async () => {
    await gateway.restart({ ...RARELY });
    const { one, door } = await accountBehindDoor();
    await one.stripe.customers.create({ name: 'Ada' });
    const [event] = await one.events();
    await one.delivers(event!);
    for (let look = 0; look < 3; look++) {
      door.asked.length = 0;
      await one.turnCursor(`next_at = now(), known_until = now() - interval '1 minute'`);
      await until('it was looked at', async () => new Date(String((await one.cursor())?.['known_until'])).getTime() > Date.now() - 30_000);
      if (look > 0) expect(door.asked).toEqual([`/v1/events?limit=100&ending_before=${event?.id}`]);
    }
  });

  it('is looked at when we start again, whenever its turn would have been', async () => {
    await gateway.restart(RARELY);
    const one = await account();
    await gateway.pause();
    await one.stripe.customers.create({ name: 'meanwhile' });
    await gateway.restart(RARELY);
    await one.isWhole();
    await reported(one, 'pause', 1);
  });

  it('is left alone while its key is refused, and looked at as soon as it is verified again', async () => {
    await gateway.restart(RARELY);
    const { one, door } = await accountBehindDoor();
    for (let at = 0; at < 150; at++) await one.stripe.customers.create({ name: `No. ${at}` });
    await gateway.restart({ ...RARELY, SWEEP_GRACE_SECONDS: '600' });
    await until('the newest is remembered', async () => ((await one.cursor())?.['horizon_event_id'] ?? null) !== null);
    await gateway.pause();
    // The page with the oldest, and then no more.
    door.answersNext(null, 401);
    await gateway.restart(RARELY);
    await until('connections was told', async () => gateway.connections.unauthorized.includes(one.id));
    await told.tell(SCOPE, one.id, { status: 'unauthorized' });
    expect(await one.announced()).toHaveLength(50);
    door.asked.length = 0;
    await one.turnCursor('next_at = now()');
    await gateway.restart(RARELY);
    const other = await account();
    expect((await other.cursor())?.['known_until']).not.toBeNull();
    expect(door.asked).toEqual([]);

    await told.tell(SCOPE, one.id, { status: 'verified' });
    await one.isWhole();
    expect(await one.announced()).toHaveLength(150);
    expect((await one.gaps()).map((gap) => gap.because)).toEqual(['new_connection']);
  }, 60_000);
});

describe('the gateway’s database', () => {
  it('set back a day gets everything again that came since, and says so', async () => {
    const one = await account();
    await one.stripe.customers.create({ name: 'yesterday' });
    await one.isWhole();
    await gateway.pause();
    await gateway.databases.keepCopy('gateway');
    await gateway.restart();
    for (let at = 0; at < 120; at++) {
      await one.stripe.customers.create({ name: `today ${at}` });
      if (at % 3 > 0) await one.delivers((await one.events()).at(-1)!);
    }
    await one.isWhole();
    await gateway.pause();
    await gateway.databases.setBack('gateway');
    await one.turnCursor(`known_until = known_until - interval '1 day', event_seen_at = event_seen_at - interval '1 day'`);
    expect(await one.stored()).toHaveLength(1);
    await gateway.restart();
    await reported(one, 'pause', 120);
    const all = (await one.events()).map((event) => event.id);
    expect(new Set(await one.stored())).toEqual(new Set(all));
    expect(new Set(await one.announced())).toEqual(new Set(all.slice(1)));
    const [latest] = await one.report();
    expect(latest).toMatchObject({ because: 'pause', eventsMissed: 120, eventsHealed: 120, gapId: null });
    expect(Date.parse(latest?.until ?? '') - Date.parse(latest?.from ?? '')).toBeGreaterThan(23 * HOUR * 1000);
  }, 60_000);
});

describe('what no event tells any more', () => {
  it('is said of a new connection, from its first day on; what is old is not taken for missed', async () => {
    const one = new SweptAccount(gateway, sandbox);
    await one.stripe.customers.create({ name: 'before' });
    await one.connect();
    expect(await one.gaps()).toMatchObject([{ connectionId: one.id, from: null, because: 'new_connection' }]);
    const [gap] = await one.gaps();
    expect(await one.report()).toMatchObject([{ gapId: gap?.gapId, from: null, until: gap?.until, eventsMissed: 0 }]);
  });

  it('is said once when events were deleted, and the rest is read', async () => {
    const one = await account();
    for (const name of ['known', 'never known']) await one.stripe.customers.create({ name });
    await one.isWhole();
    await gateway.pause();
    const [known] = await one.events();
    for (const name of ['lost', 'still there']) await one.stripe.customers.create({ name });
    const rest = (await one.events()).slice(-1);
    await forget(one, (await one.events()).at(-2)?.id);
    await gateway.restart();
    await one.isWhole();
    expect(await one.announced()).toHaveLength(3);
    expect(await one.announced()).toEqual(expect.arrayContaining([known?.id, rest[0]?.id]));
    const [, deleted, ...more] = await one.gaps();
    expect(more).toEqual([]);
    expect(deleted).toMatchObject({ because: 'events_deleted' });
    expect(Date.parse(deleted?.until ?? '')).toBeGreaterThan(Date.parse(deleted?.from ?? ''));
    expect((await one.report())[0]).toMatchObject({ because: 'events_deleted', gapId: deleted?.gapId, eventsMissed: 1, eventsHealed: 1 });

    await forget(one);
    await one.turnCursor('next_at = now()');
    await until('it is said again', async () => (await one.gaps()).length === 3);
    await one.stripe.customers.create({ name: 'afterwards' });
    await one.isWhole();
    expect(await one.gaps()).toHaveLength(3);
  });

  it('is said when nobody looked for more than thirty days, and what is listed is read from the oldest page on', async () => {
    const { one, door } = await accountBehindDoor();
    for (let at = 0; at < 20; at++) await one.stripe.customers.create({ name: `long ago ${at}` });
    await one.isWhole();
    await gateway.pause();
    for (let at = 0; at < 230; at++) await one.stripe.customers.create({ name: `No. ${at}` });
    const all = await one.events();
    await forget(one, all[29]?.id);
    await one.turnCursor(`known_until = now() - interval '31 days', event_seen_at = now() - interval '31 days', looked_at = null`);
    door.answersNext(null, null, 500);
    await gateway.restart();
    await one.isWhole();
    const announced = await one.announced();
    expect(announced.slice(20)).toEqual(all.slice(30).map((event) => event.id));
    const gaps = await one.gaps();
    expect(gaps.map((gap) => gap.because)).toEqual(['new_connection', 'too_long_ago']);
    expect(Date.now() - Date.parse(gaps[1]?.from ?? '')).toBeGreaterThan(30 * 24 * HOUR * 1000);
    const announceAll = await fetch(`${gateway.url}/internal/gateway/announce-all`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${gateway.environment['SERVICE_TOKEN']}` },
      body: JSON.stringify({ topic: 'gateway.history-gap.found.v1', organization: SCOPE.organization }),
    });
    expect(announceAll.status).toBe(202);
    expect((await one.gaps())[2]).toEqual(gaps[1]);
  }, 60_000);
});

describe('the report', () => {
  it('turns its pages, newest first, and shows nobody else’s', async () => {
    await account();
    await account();
    const all = (await gateway.get('/v1/gap_sweeps?limit=100')).body['data'] as Array<{ id: string }>;
    expect(all.length).toBeGreaterThan(1);
    expect(all.map((row) => row.id)).toEqual(
      all
        .map((row) => row.id)
        .toSorted()
        .toReversed(),
    );
    const page = (await gateway.get('/v1/gap_sweeps?limit=1')).body;
    expect(page).toMatchObject({ data: [all[0]], has_more: true, next_cursor: all[0]?.id });
    expect((await gateway.get(`/v1/gap_sweeps?limit=1&starting_after=${all[0]?.id}`)).body['data']).toEqual([all[1]]);
    expect((await gateway.get('/v1/gap_sweeps', GLOBEX_KEY)).body['data']).toEqual([]);
    expect((await gateway.get('/v1/gap_sweeps', 'nobody')).status).toBe(401);
  });
});
