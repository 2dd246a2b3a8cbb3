import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ClockChanged, CustomerChanged } from '@turnpike/contracts-events';
import { StandInConnections } from '@turnpike/testing';
import { ACME_SANDBOX, StartedCustomers, until } from './testing/started-customers.js';
import { StandInStripe } from './testing/stand-in-stripe.js';
import { copied, delayed, draws, historiesOf } from './testing/histories.js';
import { aCustomer, anEvent, anItem, aSubscription, NOON } from './testing/stripe-events.js';

let connections: StandInConnections;
let stripe: StandInStripe;
let world: StartedCustomers;
beforeAll(async () => {
  connections = await StandInConnections.start();
  stripe = await StandInStripe.start();
  connections.holds(ACME_SANDBOX, 'acme-test', { secretKey: 'sk_test_acme', baseUrl: stripe.url });
  world = await StartedCustomers.start(connections.url);
});
afterAll(async () => {
  await world?.stop();
  await stripe?.stop();
  await connections?.stop();
});

interface Shown extends Record<string, unknown> {
  name: string | null;
  standing: string;
  standing_reasons: string[];
  deleted_at: Date | null;
}

async function customer(stripeId: string): Promise<Shown> {
  const [row] = await world.rows<Shown>('select * from customer where stripe_id = $1', [stripeId]);
  if (!row) throw new Error(`There is no customer ${stripeId}.`);
  return row;
}

const settled = (stripeId: string) =>
  until(`${stripeId} is settled`, async () => (await world.rows('select 1 from fetch_due where stripe_id = $1', [stripeId])).length === 0);

const created = (id: string) => anEvent('customer.created', aCustomer(id));
/** Contradicts what `created` told: its name was never Second. */
const gap = (id: string, at = 50) =>
  anEvent('customer.updated', aCustomer(id, { name: 'Third' }), at, { previousAttributes: { name: 'Second' } });

describe('an object in doubt', () => {
  it('is looked up at once when an event contradicts what is shown, and is what Stripe says', async () => {
    stripe.has(aCustomer('cus_gap', { name: 'Fourth' }));
    await world.hear(ACME_SANDBOX, created('cus_gap'));
    const heardAt = Date.now();
    await world.hear(ACME_SANDBOX, gap('cus_gap'));
    await settled('cus_gap');

    expect(await customer('cus_gap')).toMatchObject({ name: 'Fourth', standing: 'confirmed', standing_reasons: [] });
    expect(stripe.asked.get('cus_gap')![0]! - heardAt).toBeLessThan(1_500);
    const told = await world.announced<CustomerChanged>('customers.customer.changed.v1');
    expect(told.filter((one) => one.stripeId === 'cus_gap').map(({ name, standing }) => [name, standing])).toEqual([
      ['Ada', 'confirmed'],
      ['Ada', 'dirty'],
      ['Fourth', 'confirmed'],
    ]);
  });

  it('is looked up once, two seconds after the last of a burst, when nothing contradicts it', async () => {
    stripe.has(aCustomer('cus_burst', { name: 'C' }));
    await world.hear(ACME_SANDBOX, created('cus_burst'));
    await world.hear(
      ACME_SANDBOX,
      anEvent('customer.updated', aCustomer('cus_burst', { name: 'B' }), 1, { previousAttributes: { name: 'Ada' } }),
    );
    await world.hear(
      ACME_SANDBOX,
      anEvent('customer.updated', aCustomer('cus_burst', { name: 'C' }), 2, { previousAttributes: { name: 'B' } }),
    );
    const lastAt = Date.now();
    expect(await customer('cus_burst')).toMatchObject({ name: 'C', standing: 'provisional' });
    await settled('cus_burst');

    expect(await customer('cus_burst')).toMatchObject({ name: 'C', standing: 'confirmed' });
    expect(stripe.timesAsked('cus_burst')).toBe(1);
    expect(stripe.asked.get('cus_burst')![0]! - lastAt).toBeGreaterThan(1_700);
  });

  it('is looked up again when an event came while Stripe was asked, at most once a second', async () => {
    stripe.has(aCustomer('cus_during', { name: 'Old' }));
    await world.hear(ACME_SANDBOX, created('cus_during'));
    const letGo = stripe.hold();
    await world.hear(ACME_SANDBOX, gap('cus_during'));
    await until('Stripe is asked', async () => stripe.timesAsked('cus_during') === 1);
    stripe.has(aCustomer('cus_during', { name: 'New' }));
    await world.hear(ACME_SANDBOX, gap('cus_during', 90));
    letGo();
    await settled('cus_during');

    expect(await customer('cus_during')).toMatchObject({ name: 'New', standing: 'confirmed' });
    const [first, second] = stripe.asked.get('cus_during')!;
    expect(second! - first!).toBeGreaterThanOrEqual(1_000);
  });

  it('has all its items, though Stripe embeds ten', async () => {
    const items = Array.from({ length: 12 }, (_, at) => anItem(`si_many_${at}`));
    const whole = aSubscription('sub_many', 'cus_gap', { items: { object: 'list', data: items, has_more: false } });
    const cut = { ...whole, items: { object: 'list', data: items.slice(0, 10), has_more: true, total_count: 12 } };
    stripe.has(whole);
    await world.hear(ACME_SANDBOX, anEvent('customer.subscription.created', cut));
    await settled('sub_many');

    const [row] = await world.rows<{ items: unknown[] }>(
      `select items, items_are_complete, standing from subscription where stripe_id = 'sub_many'`,
    );
    expect(row).toMatchObject({ items_are_complete: true, standing: 'confirmed' });
    expect(row?.items).toHaveLength(12);
  });

  it('on a test clock whose advance has not been told yet has been what it is since the event that told of it', async () => {
    const day = (n: number) => NOON + n * 86_400;
    const clock = { id: 'clock_late', object: 'test_helpers.test_clock', frozen_time: day(7), status: 'ready', created: NOON };
    const items = Array.from({ length: 12 }, (_, at) => anItem(`si_late_${at}`));
    const on = (status: string) => {
      const whole = aSubscription('sub_late', 'cus_late', { status, test_clock: 'clock_late' });
      return { ...whole, items: { object: 'list', data: items, has_more: false } };
    };
    await world.hear(ACME_SANDBOX, anEvent('test_helpers.test_clock.ready', clock, 7 * 86_400));
    await world.hear(ACME_SANDBOX, anEvent('customer.created', aCustomer('cus_late', { test_clock: 'clock_late' })));
    await world.hear(ACME_SANDBOX, anEvent('customer.subscription.created', on('active'), 7 * 86_400));
    stripe.has(on('past_due'));
    const cut = { ...on('past_due'), items: { object: 'list', data: items.slice(0, 10), has_more: true, total_count: 12 } };
    await world.hear(ACME_SANDBOX, anEvent('customer.subscription.updated', cut, 38 * 86_400));
    await settled('sub_late');

    const [row] = await world.rows<{ status_since: Date }>(`select * from subscription where stripe_id = 'sub_late'`);
    expect(row).toMatchObject({ status: 'past_due', status_since: new Date(day(38) * 1000) });
  });

  it('on a test clock whose advance nobody has told of yet has been what it is since the event that tells of it later', async () => {
    const day = (n: number) => NOON + n * 86_400;
    const clock = { id: 'clock_ahead', object: 'test_helpers.test_clock', frozen_time: day(7), status: 'ready', created: NOON };
    const on = (status: string) => aSubscription('sub_ahead', 'cus_ahead', { status, test_clock: 'clock_ahead' });
    const since = async () => {
      const [row] = await world.rows<{ status_since: Date }>(`select * from subscription where stripe_id = 'sub_ahead'`);
      expect(row).toMatchObject({ status: 'past_due', standing: 'confirmed' });
      return row?.status_since;
    };
    await world.hear(ACME_SANDBOX, anEvent('test_helpers.test_clock.ready', clock, 7 * 86_400));
    await world.hear(ACME_SANDBOX, anEvent('customer.created', aCustomer('cus_ahead', { test_clock: 'clock_ahead' })));
    await world.hear(ACME_SANDBOX, anEvent('customer.subscription.created', on('active'), 7 * 86_400));
    stripe.has(on('past_due'));
    const missed = { previousAttributes: { cancel_at_period_end: true } };
    await world.hear(ACME_SANDBOX, anEvent('customer.subscription.updated', on('active'), 7 * 86_400 + 60, missed));
    await settled('sub_ahead');
    expect(await since()).toEqual(new Date((day(7) + 60) * 1000));

    const entered = { previousAttributes: { status: 'active' } };
    await world.hear(ACME_SANDBOX, anEvent('customer.subscription.updated', on('past_due'), 38 * 86_400, entered));
    await settled('sub_ahead');
    expect(await since()).toEqual(new Date(day(38) * 1000));
  });

  it('that was only named is looked up, with the test clock that it lives on', async () => {
    stripe.has(aCustomer('cus_named', { name: 'Grace', test_clock: 'clock_named' }));
    stripe.has({ id: 'clock_named', object: 'test_helpers.test_clock', frozen_time: NOON + 86_400, status: 'ready', created: NOON });
    await world.hear(
      ACME_SANDBOX,
      anEvent('customer.subscription.created', aSubscription('sub_naming', 'cus_named', { test_clock: 'clock_named' })),
    );
    expect(await customer('cus_named')).toMatchObject({ name: null, is_stub: true, standing_reasons: ['stub'] });
    await settled('cus_named');
    await settled('clock_named');

    expect(await customer('cus_named')).toMatchObject({ name: 'Grace', is_stub: false, clock_id: 'clock_named', standing: 'confirmed' });
    const told = await world.announced<ClockChanged>('customers.clock.changed.v1');
    expect(told.filter((one) => one.clockId === 'clock_named').map((one) => one.frozenAt)).toEqual(['2026-11-22T00:00:00.000Z']);
  });
});

describe('what Stripe does not tell', () => {
  it('because the key may not ask, is unverified and says so; the newest event is all there is', async () => {
    stripe.refuses('cus_forbidden', 403);
    await world.hear(ACME_SANDBOX, created('cus_forbidden'), gap('cus_forbidden'));
    await settled('cus_forbidden');

    expect(await customer('cus_forbidden')).toMatchObject({ name: 'Third', standing: 'unverified', standing_reasons: ['no-permission'] });
  });

  it('because the connection is gone, is unverified', async () => {
    const ofGone = (event: ReturnType<typeof created>) => ({ ...event, connectionId: 'gone' });
    await world.hear(ACME_SANDBOX, ofGone(created('cus_gone')), ofGone(gap('cus_gone')));
    await settled('cus_gone');

    expect(await customer('cus_gone')).toMatchObject({ standing: 'unverified', standing_reasons: ['connection-removed'] });
  });

  it('for now, is asked again later', async () => {
    stripe.has(aCustomer('cus_later', { name: 'Late' }));
    stripe.refuses('cus_later', 500, 500);
    await world.hear(ACME_SANDBOX, created('cus_later'), gap('cus_later'));
    await settled('cus_later');

    expect(stripe.timesAsked('cus_later')).toBe(3);
    expect(await customer('cus_later')).toMatchObject({ name: 'Late', standing: 'confirmed' });
  });

  it('because there is no such object, is a deletion only if one was seen', async () => {
    await world.hear(ACME_SANDBOX, created('cus_nowhere'), gap('cus_nowhere'));
    await world.hear(
      ACME_SANDBOX,
      created('cus_deleted'),
      anEvent('customer.deleted', aCustomer('cus_deleted'), 60),
      gap('cus_deleted', 61),
    );
    await settled('cus_deleted');
    await until('Stripe is asked', async () => stripe.timesAsked('cus_nowhere') > 0);

    expect(await customer('cus_deleted')).toMatchObject({ name: 'Ada', standing: 'confirmed', deleted_at: new Date((NOON + 60) * 1000) });
    await until('the 404 is noted', async () => (await customer('cus_nowhere')).standing_reasons.includes('missing'));
    expect(await customer('cus_nowhere')).toMatchObject({ name: 'Ada', standing: 'dirty', deleted_at: null });
  });

  it('of a deleted customer, stays known', async () => {
    stripe.objects.set('cus_husk', { id: 'cus_husk', object: 'customer', deleted: true });
    await world.hear(ACME_SANDBOX, created('cus_husk'), gap('cus_husk'));
    await settled('cus_husk');

    const row = await customer('cus_husk');
    expect(row).toMatchObject({ name: 'Ada', standing: 'confirmed' });
    expect(row.deleted_at).toBeInstanceOf(Date);
  });
});

describe('with two replicas', () => {
  it('Stripe is asked about an object by one of them at a time, and all histories end right and clean', async () => {
    const other = await world.replica();
    const draw = draws(7_11);
    const histories = historiesOf(60, draw);
    stripe.has(...histories.map(({ object }) => object));
    stripe.mostAtOnce = 0;
    stripe.takesMs = 60;
    try {
      const events = delayed(copied(histories, draw), draw);
      for (let first = 0; first < events.length; first += 50) await world.hear(ACME_SANDBOX, ...events.slice(first, first + 50));
      await until(
        'nothing is in doubt',
        async () => (await world.rows(`select 1 from fetch_due where stripe_id like '%\\_h%'`)).length === 0,
        60_000,
      );
    } finally {
      stripe.takesMs = 0;
      await other.stop();
    }

    expect(stripe.mostAtOnce).toBe(1);
    const rows = [
      ...(await world.rows<Shown>(`select stripe_id, name, standing from customer where stripe_id like 'cus\\_h%'`)),
      ...(await world.rows<Shown>(`select stripe_id, status, standing from subscription where stripe_id like 'sub\\_h%'`)),
    ];
    const shown = new Map(rows.filter((row) => row['stripe_id'] !== 'cus_husk').map((row) => [row['stripe_id'], row]));
    expect(histories.map(({ stripeId }) => shown.get(stripeId))).toEqual(
      histories.map(({ stripeId, truth }) => ({ stripe_id: stripeId, standing: 'confirmed', ...truth })),
    );
  });
});

describe('a process that dies between the answer and its commit', () => {
  it('leaves the object to the next, who asks again', async () => {
    stripe.has(aCustomer('cus_killed', { name: 'Fourth' }));
    await world.hear(ACME_SANDBOX, created('cus_killed'));
    // What a kill leaves behind: a lease that nobody holds any more, and nothing written.
    const letGo = stripe.hold();
    await world.hear(ACME_SANDBOX, gap('cus_killed'));
    await until('Stripe is asked', async () => stripe.timesAsked('cus_killed') === 1);
    await world.rows(
      `update fetch_due set lease = gen_random_uuid(), held_until = now() + interval '3 seconds' where stripe_id = 'cus_killed'`,
    );
    stripe.has(aCustomer('cus_killed', { name: 'Fifth' }));
    letGo();
    await settled('cus_killed');

    // The first answer came after its lease was over, and is older than what is known by then: nobody ever saw it.
    const told = await world.announced<CustomerChanged>('customers.customer.changed.v1');
    expect(told.filter((one) => one.stripeId === 'cus_killed').map(({ name }) => name)).toEqual(['Ada', 'Ada', 'Fifth']);
    expect(stripe.timesAsked('cus_killed')).toBe(2);
  });
});
