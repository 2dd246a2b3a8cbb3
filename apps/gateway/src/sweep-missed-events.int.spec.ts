import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@turnpike/testing';
import { SCOPE } from './testing/swept-account.js';
import { RARELY, SweptGateway } from './testing/swept-gateway.js';

const HOUR = 3600;
let world: SweptGateway;

beforeAll(async () => void (world = await SweptGateway.start()));
beforeEach(() => world.gateway.restart());
afterAll(() => world?.stop());

describe('webhooks that do not come', () => {
  it('are made up for from Stripe’s list, each event once, and reported', async () => {
    const one = await world.account();
    await one.stripe.customers.create({ name: 'delivered' });
    await one.delivers((await one.events())[0]!);
    for (const name of ['missed', 'missed, too']) await one.stripe.customers.create({ name });
    await one.isWhole();
    expect(await one.announced()).toEqual((await one.events()).map((event) => event.id));
    await world.reported(one, 'webhooks_missing', 2);
    const [latest, first] = await one.report();
    expect(latest).toMatchObject({ connectionId: one.id, because: 'webhooks_missing', eventsMissed: 2, eventsHealed: 2, gapId: null });
    expect(latest?.eventsSeen).toBeGreaterThanOrEqual(2);
    expect(Date.parse(latest?.until ?? '')).toBeGreaterThan(Date.parse(latest?.from ?? ''));
    expect(first).toMatchObject({ because: 'new_connection', eventsMissed: 0 });
    const metrics = await (await fetch(`${world.gateway.url}/metrics`)).text();
    for (const name of ['missed', 'healed'])
      expect(metrics).toMatch(new RegExp(`turnpike_gateway_events_${name}_total\\{[^}]*webhooks_missing[^}]*\\} 2\\n`));
    expect(metrics).toMatch(/turnpike_gateway_events_known_age_seconds(\{[^}]*\})? [0-9.]+\n/);
    expect((await one.delivers((await one.events())[2]!))['duplicate']).toBe(true);
    expect(await one.announced()).toHaveLength(3);
  });

  it('are not counted when they are merely late', async () => {
    await world.gateway.restart({ SWEEP_GRACE_SECONDS: '600' });
    const one = await world.account();
    await one.stripe.customers.create({ name: 'late' });
    await until('it was seen', async () => ((await one.cursor())?.['horizon_event_id'] ?? null) !== null);
    expect(await one.announced()).toEqual([]);
    const [event] = await one.events();
    expect(await one.delivers(event!)).toMatchObject({ duplicate: false });
    await world.gateway.restart();
    await until('it was looked at again', async () => (await one.cursor())?.['event_id'] === event?.id);
    expect(await one.announced()).toEqual([event?.id]);
    expect((await one.report()).map((row) => row.because)).toEqual(['new_connection']);
  });

  it('are made up for when months pass on a test clock, whatever the events’ own time says', async () => {
    const one = await world.account();
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
    await world.reported(one, 'webhooks_missing', all.length);
    expect(await one.announced()).toEqual(all);
  });

  it('are made up for over many pages, past limits, failures and a cut line, from where it was', async () => {
    const { one, door } = await world.accountBehindDoor();
    await one.stripe.customers.create({ name: 'known' });
    await one.isWhole();
    const [known] = await one.events();
    await world.gateway.pause();
    for (let at = 0; at < 330; at++) await one.stripe.customers.create({ name: `No. ${at}` });
    door.asked();
    // One look that remembers the newest; then page by page, with what goes wrong between them.
    door.answersNext(null, null, null, 429, null, 500);
    await world.gateway.restart();
    await one.isWhole();
    expect(await one.announced()).toEqual((await one.events()).map((event) => event.id));
    await world.reported(one, 'pause', 330);
    const [latest] = await one.report();
    expect(latest).toMatchObject({ because: 'pause', eventsMissed: 330, eventsHealed: 330 });
    expect(door.asked().filter((path) => path.endsWith(`ending_before=${known?.id}`))).toHaveLength(2);
  }, 60_000);
});

describe('a usable connection', () => {
  it('costs one request a look while nothing happens, from the last known event on', async () => {
    await world.gateway.restart({ ...RARELY });
    const { one, door } = await world.accountBehindDoor();
    await one.stripe.customers.create({ name: 'Ada' });
    const [event] = await one.events();
    await one.delivers(event!);
    for (let look = 0; look < 3; look++) {
      door.asked();
      await one.turnCursor(`next_at = now(), known_until = now() - interval '1 minute'`);
      await until('it was looked at', async () => new Date(String((await one.cursor())?.['known_until'])).getTime() > Date.now() - 30_000);
      if (look > 0) expect(door.asked()).toEqual([`/v1/events?limit=100&ending_before=${event?.id}`]);
    }
  });

  it('is looked at when we start again, whenever its turn would have been', async () => {
    await world.gateway.restart(RARELY);
    const one = await world.account();
    await world.gateway.pause();
    await one.stripe.customers.create({ name: 'meanwhile' });
    await world.gateway.restart(RARELY);
    await one.isWhole();
    await world.reported(one, 'pause', 1);
  });

  it('is left alone while its key is refused, and looked at as soon as it is verified again', async () => {
    await world.gateway.restart(RARELY);
    const { one, door } = await world.accountBehindDoor();
    for (let at = 0; at < 150; at++) await one.stripe.customers.create({ name: `No. ${at}` });
    await world.gateway.restart({ ...RARELY, SWEEP_GRACE_SECONDS: '600' });
    await until('the newest is remembered', async () => ((await one.cursor())?.['horizon_event_id'] ?? null) !== null);
    await world.gateway.pause();
    // The page with the oldest, and then no more.
    door.answersNext(null, 401);
    await world.gateway.restart(RARELY);
    await until('connections was told', async () => world.gateway.connections.unauthorized.includes(one.id));
    await world.told.tell(SCOPE, one.id, { status: 'unauthorized' });
    expect(await one.announced()).toHaveLength(50);
    door.asked();
    await one.turnCursor('next_at = now()');
    await world.gateway.restart(RARELY);
    const other = await world.account();
    expect((await other.cursor())?.['known_until']).not.toBeNull();
    expect(door.asked()).toEqual([]);

    await world.told.tell(SCOPE, one.id, { status: 'verified' });
    await one.isWhole();
    expect(await one.announced()).toHaveLength(150);
    expect((await one.gaps()).map((gap) => gap.because)).toEqual(['new_connection']);
  }, 60_000);
});

describe('the gateway’s database', () => {
  it('set back a day gets everything again that came since, and says so', async () => {
    const one = await world.account();
    await one.stripe.customers.create({ name: 'yesterday' });
    await one.isWhole();
    await world.gateway.pause();
    await world.gateway.databases.keepCopy('gateway');
    await world.gateway.restart();
    for (let at = 0; at < 120; at++) {
      await one.stripe.customers.create({ name: `today ${at}` });
      if (at % 3 > 0) await one.delivers((await one.events()).at(-1)!);
    }
    await one.isWhole();
    await world.gateway.pause();
    await world.gateway.databases.setBack('gateway');
    await one.turnCursor(`known_until = known_until - interval '1 day', event_seen_at = event_seen_at - interval '1 day'`);
    expect(await one.stored()).toHaveLength(1);
    await world.gateway.restart();
    await world.reported(one, 'pause', 120);
    const all = (await one.events()).map((event) => event.id);
    expect(new Set(await one.stored())).toEqual(new Set(all));
    expect(new Set(await one.announced())).toEqual(new Set(all.slice(1)));
    const [latest] = await one.report();
    expect(latest).toMatchObject({ because: 'pause', eventsMissed: 120, eventsHealed: 120, gapId: null });
    expect(Date.parse(latest?.until ?? '') - Date.parse(latest?.from ?? '')).toBeGreaterThan(23 * HOUR * 1000);
  }, 60_000);
});
