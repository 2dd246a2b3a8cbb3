import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CustomerChanged, SubscriptionChanged } from '@turnpike/contracts-events';
import { ACME_TEST, StartedCustomers, until } from './testing/started-customers.js';
import { aCustomer, anEvent, anItem, aSubscription, NOON } from './testing/stripe-events.js';

let world: StartedCustomers;
beforeAll(async () => {
  world = await StartedCustomers.start();
});
afterAll(async () => {
  await world?.stop();
});

async function customer(stripeId: string): Promise<Record<string, unknown>> {
  const { body } = await world.get(`/v1/customers?stripe_id=${stripeId}`);
  const [one] = body['data'] as Record<string, unknown>[];
  if (!one) throw new Error(`There is no customer ${stripeId}.`);
  return one;
}

async function subscription(stripeId: string): Promise<Record<string, unknown>> {
  const [row] = await world.rows<{ id: string }>('select id from subscription where stripe_id = $1', [stripeId]);
  if (!row) throw new Error(`There is no subscription ${stripeId}.`);
  return (await world.get(`/v1/subscriptions/${row.id}`)).body;
}

const doubtsOf = (response: Record<string, unknown>) => (response['standing'] as { reasons: string[] }).reasons;
const toldOfCustomers = () => world.announced<CustomerChanged>('customers.customer.changed.v1');
const toldOfSubscriptions = () => world.announced<SubscriptionChanged>('customers.subscription.changed.v1');

describe('an event over the road', () => {
  it('becomes a customer and a subscription, each told once', async () => {
    await world.hear(ACME_TEST, anEvent('customer.created', aCustomer('cus_ada')));
    await world.hear(ACME_TEST, anEvent('customer.subscription.created', aSubscription('sub_ada', 'cus_ada')));

    const ada = await customer('cus_ada');
    expect(ada).toMatchObject({
      stripeId: 'cus_ada',
      name: 'Ada',
      email: 'ada@example.com',
      currency: 'eur',
      connectionId: 'acme-test',
      deletedAt: null,
    });
    expect(ada['standing']).toEqual({ state: 'confirmed', reasons: [], since: null });
    expect(await subscription('sub_ada')).toMatchObject({
      customerId: ada['id'],
      status: 'active',
      items: [{ stripeId: 'si_1', priceId: 'price_pro', productId: 'prod_pro', quantity: 1 }],
      itemsAreComplete: true,
      currentPeriodEndsAt: new Date((NOON + 30 * 86_400) * 1000).toISOString(),
      standing: { state: 'confirmed', reasons: [], since: null },
      version: { epoch: 1, n: 1 },
    });
    expect((await toldOfCustomers()).filter((told) => told.stripeId === 'cus_ada').map((told) => told.version.n)).toEqual([1]);
    expect((await toldOfSubscriptions()).filter((told) => told.stripeId === 'sub_ada')).toMatchObject([
      { customerId: ada['id'], status: 'active' },
    ]);
  });

  it('reads the period of the years when it stood on the subscription', async () => {
    const { current_period_start: _, current_period_end: __, ...item } = anItem('si_old');
    const old = aSubscription('sub_old', 'cus_ada', {
      current_period_start: NOON,
      current_period_end: NOON + 60,
      items: { object: 'list', data: [item] },
    });
    await world.hear(ACME_TEST, anEvent('customer.subscription.created', old, 0, { apiVersion: '2020-08-27' }));

    const at = new Date((NOON + 60) * 1000).toISOString();
    expect(await subscription('sub_old')).toMatchObject({ currentPeriodEndsAt: at, items: [{ currentPeriodEndsAt: at }] });
  });

  it('is silent when nothing changed, and counts one version per change', async () => {
    await world.hear(ACME_TEST, anEvent('customer.created', aCustomer('cus_quiet')));
    await world.hear(ACME_TEST, anEvent('customer.updated', aCustomer('cus_quiet'), 10));
    await world.hear(
      ACME_TEST,
      anEvent('customer.updated', aCustomer('cus_quiet', { name: 'Ada L.' }), 20, { previousAttributes: { name: 'Ada' } }),
    );

    expect((await toldOfCustomers()).filter((told) => told.stripeId === 'cus_quiet').map((told) => [told.version.n, told.name])).toEqual([
      [1, 'Ada'],
      [2, 'Ada L.'],
    ]);
  });

  it('makes no row when it tells of other objects, and moves the place all the same', async () => {
    const before = await world.rows('select 1 from mirrored_object');
    await world.hear(
      ACME_TEST,
      anEvent('invoice.paid', { id: 'in_1', object: 'invoice' }),
      anEvent('invoice.upcoming', { object: 'invoice' }),
      anEvent('never.heard.of', { id: 'x_1', object: 'x' }),
    );

    expect(await world.rows('select 1 from mirrored_object')).toHaveLength(before.length);
    expect(await world.metrics()).toMatch(/turnpike_stripe_events_total\{[^}]*decision="not-ours"[^}]*\} [3-9]/);
  });

  it('may hold U+0000 and half a surrogate pair, which PostgreSQL cannot: they are left out', async () => {
    await world.hear(ACME_TEST, anEvent('customer.created', aCustomer('cus_nul', { name: 'Ad\u0000a', email: 'a\ud800@example.com' })));

    expect(await customer('cus_nul')).toMatchObject({ name: 'Ada', email: 'a\ufffd@example.com' });
  });
});

describe('a subscription before its customer', () => {
  it('gets a customer that is only named, and the customer fills it when it comes', async () => {
    await world.hear(ACME_TEST, anEvent('customer.subscription.created', aSubscription('sub_early', 'cus_late')));
    const named = await customer('cus_late');
    expect(named).toMatchObject({ name: null, standing: { state: 'dirty', reasons: ['stub'] } });
    expect(await subscription('sub_early')).toMatchObject({ customerId: named['id'], standing: { state: 'confirmed' } });

    await world.hear(ACME_TEST, anEvent('customer.created', aCustomer('cus_late')));
    expect(await customer('cus_late')).toMatchObject({
      id: named['id'],
      name: 'Ada',
      standing: { state: 'confirmed', reasons: [] },
      version: { epoch: 1, n: 2 },
    });
  });

  it('finds the customer that its own batch has just made', async () => {
    const events = [
      anEvent('customer.created', aCustomer('cus_same')),
      anEvent('customer.subscription.created', aSubscription('sub_same', 'cus_same')),
    ];
    await world.hear(ACME_TEST, ...events, anEvent('customer.subscription.created', aSubscription('sub_same_2', 'cus_same')));

    expect(await world.rows(`select 1 from customer where stripe_id = 'cus_same'`)).toHaveLength(1);
    expect((await subscription('sub_same'))['customerId']).toBe((await customer('cus_same'))['id']);
  });

  it('locks its customer together with its batch, since a lock taken later could wait for one that waits for it', async () => {
    await world.hear(ACME_TEST, anEvent('customer.subscription.created', aSubscription('sub_locked', 'cus_locked')));
    const holder = await world.inside.connect();
    await holder.query('begin');
    await holder.query(`select pg_advisory_xact_lock(hashtextextended('acme/test/acme-test/cus_locked', 0))`);
    await world.tell(
      ACME_TEST,
      anEvent('customer.subscription.updated', aSubscription('sub_locked', 'cus_locked', { status: 'past_due' }), 30),
    );
    const waits = `select 1 from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())`;
    await until('the batch waits', async () => (await world.rows(waits)).length > 0);
    expect(await subscription('sub_locked')).toMatchObject({ status: 'active' });
    await holder.query('commit');
    holder.release();
    await world.settled();

    expect(await subscription('sub_locked')).toMatchObject({ status: 'past_due' });
  });

  it('meets its customer in another partition without either waiting for ever or being buried', async () => {
    const ids = Array.from({ length: 150 }, (_, at) => `meet_${at}`);
    const events = ids.flatMap((id) => [
      anEvent('customer.created', aCustomer(`cus_${id}`)),
      anEvent('customer.subscription.created', aSubscription(`sub_${id}`, `cus_${id}`)),
    ]);
    await world.hear(ACME_TEST, ...events.sort((left, right) => (left.eventId.slice(-2) < right.eventId.slice(-2) ? -1 : 1)));

    const rows = await world.rows(
      `select c.name, c.standing from subscription s join customer c on c.id = s.customer_id where s.stripe_id like 'sub_meet_%'`,
    );
    expect(rows).toHaveLength(150);
    expect(rows.every((row) => row['name'] === 'Ada' && row['standing'] === 'confirmed')).toBe(true);
    expect(await world.rows('select 1 from dead_letter')).toHaveLength(0);
  });
});

describe('what must not be taken at its word', () => {
  it('shows nothing of an event that contradicts what is stored, and says why', async () => {
    await world.hear(ACME_TEST, anEvent('customer.created', aCustomer('cus_gap')));
    await world.hear(
      ACME_TEST,
      anEvent('customer.updated', aCustomer('cus_gap', { name: 'Third' }), 50, { previousAttributes: { name: 'Second' } }),
    );

    expect(await customer('cus_gap')).toMatchObject({ name: 'Ada', standing: { state: 'dirty', reasons: ['gap'] } });
    expect(await world.rows(`select object_type from fetch_due where stripe_id = 'cus_gap'`)).toEqual([{ object_type: 'customer' }]);
  });

  it('shows a near tie at once, as provisional', async () => {
    await world.hear(ACME_TEST, anEvent('customer.created', aCustomer('cus_tie')));
    await world.hear(
      ACME_TEST,
      anEvent('customer.updated', aCustomer('cus_tie', { name: 'Ada L.' }), 1, { previousAttributes: { name: 'Ada' } }),
    );

    expect(await customer('cus_tie')).toMatchObject({ name: 'Ada L.', standing: { state: 'provisional', reasons: ['provisional'] } });
  });

  it('keeps a deleted customer, with the time of its deletion, and doubts what comes after', async () => {
    await world.hear(ACME_TEST, anEvent('customer.created', aCustomer('cus_gone')));
    await world.hear(ACME_TEST, anEvent('customer.deleted', { id: 'cus_gone', object: 'customer', deleted: true }, 100));
    expect(await customer('cus_gone')).toMatchObject({
      name: 'Ada',
      deletedAt: new Date((NOON + 100) * 1000).toISOString(),
      standing: { state: 'confirmed' },
    });

    await world.hear(ACME_TEST, anEvent('customer.updated', aCustomer('cus_gone', { name: 'Back' }), 200));
    expect(await customer('cus_gone')).toMatchObject({ name: 'Ada', standing: { state: 'dirty', reasons: ['tombstone'] } });
  });

  it('shows ten items of more as ten of more', async () => {
    const cut = { items: { object: 'list', data: [anItem('si_1')], has_more: true, total_count: 12 } };
    await world.hear(ACME_TEST, anEvent('customer.subscription.created', aSubscription('sub_cut', 'cus_ada', cut)));

    expect(await subscription('sub_cut')).toMatchObject({ itemsAreComplete: false, standing: { state: 'dirty', reasons: ['cut-list'] } });
  });

  it('remembers the doubt about a subscription of which nothing could be read, and shows it once something can', async () => {
    await world.hear(
      ACME_TEST,
      anEvent('customer.subscription.created', aSubscription('sub_new_word', 'cus_ada', { status: 'hibernating' })),
    );
    const [mirrored] = await world.rows<{ known: { dirtyBecause: { because: string }[] } }>(
      `select known from mirrored_object where stripe_id = 'sub_new_word'`,
    );
    expect(mirrored?.known.dirtyBecause.map((mark) => mark.because)).toEqual(['unmappable']);
    expect(await world.rows(`select 1 from subscription where stripe_id = 'sub_new_word'`)).toHaveLength(0);

    await world.hear(ACME_TEST, anEvent('customer.subscription.updated', aSubscription('sub_new_word', 'cus_ada'), 60));
    const shown = await subscription('sub_new_word');
    expect(shown).toMatchObject({ status: 'active', standing: { state: 'dirty' } });
    expect(doubtsOf(shown)).toEqual(['unmappable', 'provisional']);
  });

  it('names a withheld customer and doubts it', async () => {
    await world.hear(ACME_TEST, anEvent('customer.created', aCustomer('cus_big'), 0, { object: null }));

    expect(await customer('cus_big')).toMatchObject({ name: null, standing: { state: 'dirty', reasons: ['withheld'] } });
  });
});
