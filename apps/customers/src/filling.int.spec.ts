import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@turnpike/testing';
import type Stripe from 'stripe';
import { FilledCustomers, sideBySide } from './testing/filled-customers.js';

let world: FilledCustomers;
beforeAll(async () => {
  world = await FilledCustomers.start();
});
afterAll(() => world?.stop());

/** An account as it was before anybody connected it: customers, each with a subscription; every tenth of these has ended. */
async function anAccount(connectionId: string, customers: number): Promise<{ stripe: Stripe; customerIds: string[] }> {
  const stripe = world.stripe(connectionId);
  const product = await stripe.products.create({ name: 'Pro' });
  const price = await stripe.prices.create({ product: product.id, currency: 'usd', unit_amount: 0, recurring: { interval: 'month' } });
  const customerIds: string[] = [];
  await sideBySide(
    4,
    Array.from({ length: customers }, (_, n) => async () => {
      const customer = await stripe.customers.create({ name: `Customer ${n}` });
      customerIds.push(customer.id);
      const subscription = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] });
      if (n % 10 === 0) await stripe.subscriptions.cancel(subscription.id);
    }),
  );
  return { stripe, customerIds };
}

const lists = (kind: string) => world.watched.asked(`GET /v1/${kind}?`);

describe('an account that was there before', () => {
  it('is whole after its connection was verified, ended subscriptions as well, though Stripe refuses and fails now and then', async () => {
    await anAccount('con_large', 1_000);
    world.watched.interfere = (_, n) => (n % 50 === 0 ? { status: 429 } : n % 97 === 0 ? { status: 500 } : {});
    await world.connection('con_large', 'verified');
    await world.historyGap('con_large');
    const fills = await world.filled('con_large');
    world.watched.interfere = () => ({});

    expect(await world.differences('con_large')).toEqual([]);
    expect(fills.map(({ kind, state, found, taken }) => ({ kind, state, found, taken }))).toEqual(
      expect.arrayContaining([
        { kind: 'customer', state: 'finished', found: 1_000, taken: 1_000 },
        { kind: 'subscription', state: 'finished', found: 1_000, taken: 1_000 },
        { kind: 'test_clock', state: 'finished', found: 0, taken: 0 },
      ]),
    );
    // Told by the lists: nobody was asked about one by one.
    expect(world.watched.asked('GET /v1/customers/').length).toBe(0);
    const [ended] = await world.rows<{ n: number }>(
      `select count(*)::int as n from subscription where connection_id = 'con_large' and status = 'canceled'`,
    );
    expect(ended?.n).toBe(100);
  }, 240_000);

  it('is read again when a person asks, and nothing is told of what has not changed', async () => {
    const before = (await world.rows('select 1 from outbox')).length;
    const asked = await world.ask('POST', '/v1/customer_fills', { connectionId: 'con_large', kinds: ['customer'] });
    expect(asked).toMatchObject({
      status: 202,
      body: { data: [{ kind: 'customer', because: 'person', found: 0, total: null, etaSeconds: null }] },
    });
    const [latest] = await world.filled('con_large');
    expect(latest).toMatchObject({ kind: 'customer', state: 'finished', found: 1_000, taken: 0, doubted: 0, missing: 0, total: 1_000 });
    expect((await world.rows('select 1 from outbox')).length).toBe(before);
  });

  it('is found anew where it changed, and gone where it was deleted', async () => {
    const stripe = world.stripe('con_large');
    const [changed, deleted] = (await stripe.customers.list({ limit: 2 })).data;
    await stripe.customers.update(changed!.id, { name: 'Changed' });
    await stripe.customers.del(deleted!.id);
    await world.ask('POST', '/v1/customer_fills', { connectionId: 'con_large' });
    const fills = await world.filled('con_large');

    expect(fills.find(({ kind }) => kind === 'customer')).toMatchObject({ found: 999, missing: 1 });
    expect(await world.differences('con_large')).toEqual([]);
    const [row] = await world.rows<{ name: string; deleted_at: Date | null }>('select * from customer where stripe_id = $1', [deleted!.id]);
    expect(row?.deleted_at).toBeInstanceOf(Date);
  }, 120_000);
});

describe('a fill', () => {
  it('goes on where a killed process left it: at most the page in work is asked for again', async () => {
    await anAccount('con_killed', 900);
    await world.halt();
    world.watched.seen.length = 0;
    world.watched.interfere = ({ path }) => (path.startsWith('/v1/customers?') ? { delayMs: 400 } : {});
    const child = world.spawned();
    try {
      await world.connection('con_killed', 'verified');
      await world.historyGap('con_killed');
      await until(
        'some pages are stored',
        async () => (await world.rows(`select 1 from fill_segment where pages >= 4 and not is_done`)).length > 0,
        60_000,
      );
    } finally {
      child.kill('SIGKILL');
    }
    world.watched.interfere = () => ({});
    // Each part that was being read had one page in work, also one that was begun just now.
    const parts = `select 1 from fill_segment where not is_done and fill_id in (select id from fill where object_type = 'customer')`;
    const segments = (await world.rows(parts)).length;
    await world.run();
    const fills = await world.filled('con_killed');

    expect(await world.differences('con_killed')).toEqual([]);
    expect(fills.find(({ kind }) => kind === 'customer')).toMatchObject({ state: 'finished', found: 900 });
    const pages = lists('customers').map(({ path }) => path);
    expect(pages.length - new Set(pages).size).toBeLessThanOrEqual(segments);
  }, 240_000);

  it('takes no older state for a newer one: what changes while it walks is as Stripe has it in the end', async () => {
    const { stripe, customerIds } = await anAccount('con_moving', 450);
    world.watched.interfere = ({ path }) => (path.startsWith('/v1/customers?') ? { delayMs: 150 } : {});
    await world.connection('con_moving', 'verified');
    await world.historyGap('con_moving');
    let isOver = false;
    const changing = (async () => {
      for (let n = 0; !isOver; n += 1) {
        const id = customerIds[(n * 7) % customerIds.length]!;
        await stripe.customers.update(id, { name: `Moved ${n}` }).catch(() => undefined);
        if (n % 40 === 39) await stripe.customers.del(customerIds[n % customerIds.length]!).catch(() => undefined);
        if (n % 15 === 14) await stripe.customers.create({ name: `New ${n}` });
      }
    })();
    await world.filled('con_moving');
    isOver = true;
    await changing;
    world.watched.interfere = () => ({});
    // What changed behind the walk was told by nobody here; the next finds it.
    await world.ask('POST', '/v1/customer_fills', { connectionId: 'con_moving' });
    await world.filled('con_moving');
    expect(await world.differences('con_moving')).toEqual([]);
  }, 240_000);

  it('shows the items that no list embeds: such a subscription is looked up, and asked about once', async () => {
    const { stripe, customerIds } = await anAccount('con_many_items', 1);
    const product = await stripe.products.create({ name: 'Parts' });
    const items = await Promise.all(
      Array.from({ length: 12 }, async (_, n) => {
        const price = await stripe.prices.create({
          product: product.id,
          currency: 'eur',
          unit_amount: 100 + n,
          recurring: { interval: 'month' },
        });
        return { price: price.id, quantity: n + 1 };
      }),
    );
    const { id } = await stripe.subscriptions.create({ customer: customerIds[0]!, items, trial_period_days: 30 });
    world.watched.seen.length = 0;
    await world.connection('con_many_items', 'verified');
    await world.historyGap('con_many_items');
    const fills = await world.filled('con_many_items');
    expect(fills.find(({ kind }) => kind === 'subscription')).toMatchObject({ found: 2, taken: 1, doubted: 1 });
    const row = async () =>
      (await world.rows<{ items: unknown[]; standing: string }>('select * from subscription where stripe_id = $1', [id]))[0];
    await until('it is looked up', async () => (await row())?.standing === 'confirmed', 10_000);
    expect((await row())?.items).toHaveLength(12);
    expect(world.watched.asked(`GET /v1/subscriptions/${id}`)).toHaveLength(1);
  }, 60_000);

  it('is joined by whoever asks while it is under way', async () => {
    world.watched.interfere = ({ path }) => (path.startsWith('/v1/customers?') ? { delayMs: 300 } : {});
    const ask = () =>
      world.ask<{ data: { id: string }[] }>('POST', '/v1/customer_fills', { connectionId: 'con_killed', kinds: ['customer'] });
    const [one, other] = [await ask(), await ask()];
    expect(other.body.data[0]?.id).toBe(one.body.data[0]?.id);
    world.watched.interfere = () => ({});
    await world.filled('con_killed');
  }, 60_000);

  it('that Stripe refuses says why, and begins again when the connection works again', async () => {
    world.watched.interfere = ({ path }) => (path.startsWith('/v1/customers?') ? { status: 403 } : {});
    await world.ask('POST', '/v1/customer_fills', { connectionId: 'con_killed', kinds: ['customer'] });
    const [refused] = await world.filled('con_killed');
    expect(refused).toMatchObject({ state: 'failed', failure: { code: 'no-permission' } });
    world.watched.interfere = () => ({});
    await world.connection('con_killed', 'verified');
    const [again] = await world.filled('con_killed');
    expect(again).toMatchObject({ kind: 'customer', because: 'connection', state: 'finished' });
  }, 60_000);

  it('of a connection that nobody knows is nobody’s', async () => {
    for (const key of ['acme-key', 'globex-key']) {
      const connectionId = key === 'acme-key' ? 'con_nowhere' : 'con_killed';
      expect(await world.ask('POST', '/v1/customer_fills', { connectionId }, key)).toMatchObject({ status: 404 });
    }
    expect((await world.ask<{ data: unknown[] }>('GET', '/v1/customer_fills', undefined, 'globex-key')).body.data).toEqual([]);
    expect(await world.ask('POST', '/v1/customer_fills', { connectionId: 'con_killed', kinds: ['invoice'] })).toMatchObject({
      status: 400,
    });
  });
});

describe('a comparison', () => {
  beforeAll(async () => {
    await world.run({ COMPARE_WITHIN_DAYS: '0.0001' });
  });

  it('finds what nobody told, says so, and puts it right', async () => {
    const { stripe, customerIds } = await anAccount('con_compared', 120);
    await world.connection('con_compared', 'verified');
    await world.historyGap('con_compared');
    await world.filled('con_compared');
    const [changed, deleted] = customerIds;
    await stripe.customers.update(changed!, { name: 'Nobody told' });
    await stripe.customers.del(deleted!);
    const unknown = await stripe.customers.create({ name: 'Nobody knows' });
    const ofSubscription = (text: string) => text.startsWith('sub_');
    const apart = (await world.differences('con_compared')).filter((one) => !ofSubscription(one));
    expect(apart.map((one) => one.split(':')[0]).toSorted()).toEqual([changed!, deleted!, unknown.id].toSorted());

    await until('all is as at Stripe', async () => (await world.differences('con_compared')).length === 0, 90_000);
    const metrics = await world.metrics();
    for (const because of ['changed', 'unknown', 'missing'])
      expect(metrics).toMatch(
        new RegExp(`turnpike_stripe_differences_total\\{[^}]*type="customer"[^}]*because="${because}"[^}]*\\} [1-9]`),
      );
    const compared = (await world.fills('con_compared')).find(
      (one) => one.purpose === 'comparison' && one.found > 0 && one.kind === 'customer',
    );
    expect(compared).toMatchObject({ because: 'schedule' });
  }, 180_000);
});
