import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CustomerChanged, SubscriptionChanged } from '@turnpike/contracts-events';
import { wireKey, partitionOf } from '@turnpike/contracts-events';
import { v7 as uuidv7 } from 'uuid';
import { ACME_TEST, StartedCustomers } from './testing/started-customers.js';
import { copied, delayed, draws, historiesOf } from './testing/histories.js';
import { aCustomer, anEvent, anItem, aSubscription } from './testing/stripe-events.js';

let world: StartedCustomers;
beforeAll(async () => {
  world = await StartedCustomers.start();
});
afterAll(async () => {
  await world?.stop();
});

type Shown = { stripe_id: string; name?: string; status?: string; standing: string; standing_reasons: string[]; version_n: string };

describe('the same history', () => {
  it('in any order and any number of copies ends right, or in doubt with its reason', async () => {
    const draw = draws(20_261_121);
    const histories = historiesOf(120, draw);
    await world.hear(ACME_TEST, ...delayed(copied(histories, draw), draw));

    const rows = [
      ...(await world.rows<Shown>('select stripe_id, name, standing, standing_reasons, version_n from customer')),
      ...(await world.rows<Shown>('select stripe_id, status, standing, standing_reasons, version_n from subscription')),
    ];
    const shown = new Map(rows.map((row) => [row.stripe_id, row]));
    expect(shown.size).toBe(histories.length);
    const wrong = histories.filter(({ stripeId, truth }) => {
      const row = shown.get(stripeId)!;
      if (row.standing !== 'confirmed') return row.standing_reasons.length === 0;
      return row.standing_reasons.length > 0 || (truth.name ?? row.name) !== row.name || (truth.status ?? row.status) !== row.status;
    });
    expect(wrong.map(({ stripeId }) => shown.get(stripeId))).toEqual([]);
    // Were nothing ever confirmed, the above would say nothing.
    expect(rows.filter((row) => row.standing === 'confirmed').length).toBeGreaterThan(20);
    // Every doubt is queued for a look at Stripe, and nothing else is.
    const queued = `select stripe_id from mirrored_object m left join fetch_due f using (organization, environment, connection_id, object_type, stripe_id)`;
    expect(await world.rows(`${queued} where (f.due_at is null) <> (known->>'standing' = 'clean')`)).toEqual([]);
    expect(await world.rows('select 1 from dead_letter')).toEqual([]);
  });

  it('was told in rising versions, one by one, and last as it is shown', async () => {
    const told = [
      ...(await world.announced<CustomerChanged>('customers.customer.changed.v1')).map((one) => ({ id: one.customerId, ...one })),
      ...(await world.announced<SubscriptionChanged>('customers.subscription.changed.v1')).map((one) => ({
        id: one.subscriptionId,
        ...one,
      })),
    ];
    const versions = new Map<string, number[]>();
    for (const { id, version } of told) versions.set(id, [...(versions.get(id) ?? []), version.n]);
    for (const numbers of versions.values()) expect(numbers).toEqual(numbers.map((_, at) => at + 1));

    const last = new Map(told.map((one) => [one.id, one]));
    const rows = [
      ...(await world.rows<Shown & { id: string }>('select id, name, standing, version_n from customer')),
      ...(await world.rows<Shown & { id: string }>('select id, status, standing, version_n from subscription')),
    ];
    for (const row of rows) {
      const one = last.get(row.id)!;
      expect([one.version.n, one.standing]).toEqual([Number(row.version_n), row.standing]);
      if ('status' in one) expect(one.status).toBe(row.status);
      else expect(one.name).toBe(row.name);
    }
  });

  it('in its own order with copies ends as without them', async () => {
    const history = [
      anEvent('customer.created', aCustomer('cus_once')),
      anEvent('customer.updated', aCustomer('cus_once', { name: 'Second' }), 10, { previousAttributes: { name: 'Ada' } }),
      anEvent('customer.updated', aCustomer('cus_once', { name: 'Third' }), 20, { previousAttributes: { name: 'Second' } }),
    ];
    const twice = history
      .flatMap((event) => [event, event])
      .map((event) => ({ ...event, objectId: 'cus_twice', object: { ...event.object, id: 'cus_twice' } }));
    await world.hear(ACME_TEST, ...history, ...twice);

    const [once, copied] = await world.rows<Shown>(
      `select name, standing, standing_reasons, version_n from customer where stripe_id in ('cus_once', 'cus_twice') order by stripe_id`,
    );
    expect(copied).toEqual(once);
    expect(once).toMatchObject({ name: 'Third', standing: 'confirmed', version_n: '3' });
  });
});

describe('a message that cannot take effect', () => {
  /** As a newer or a broken gateway would write it. */
  async function announceBroken(objectId: string, body: string): Promise<void> {
    const key = wireKey(ACME_TEST, `acme-test/${objectId}`);
    await world.databases
      .inside('gateway')
      .query(
        `insert into outbox (message_id, organization, environment, topic, partition, key, order_key, body) values ($1, 'acme', 'test', 'gateway.stripe-event.received.v1', $2, $3, $3, $4)`,
        [uuidv7(), partitionOf(key), key, Buffer.from(body)],
      );
    await world.settled();
  }

  it('is buried, and its object is in doubt because of it', async () => {
    await world.hear(ACME_TEST, anEvent('customer.created', aCustomer('cus_poison')));
    await announceBroken('cus_poison', '{"connectionId":');

    expect(await world.rows('select topic, code from dead_letter')).toEqual([
      { topic: 'gateway.stripe-event.received.v1', code: 'contract_mismatch' },
    ]);
    const [row] = await world.rows<Shown>(`select name, standing, standing_reasons from customer where stripe_id = 'cus_poison'`);
    expect(row).toMatchObject({ name: 'Ada', standing: 'dirty', standing_reasons: ['burial'] });
    const told = await world.announced<CustomerChanged>('customers.customer.changed.v1');
    expect(told.filter((one) => one.stripeId === 'cus_poison').map((one) => one.standing)).toEqual(['confirmed', 'dirty']);
  });

  it('names a customer that was never heard of, and remembers a subscription of which nothing is known', async () => {
    await announceBroken('cus_first_poison', 'null');
    await announceBroken('sub_first_poison', 'null');
    await announceBroken('in_first_poison', 'null');

    expect(await world.rows(`select is_stub, standing_reasons from customer where stripe_id = 'cus_first_poison'`)).toEqual([
      { is_stub: true, standing_reasons: ['burial'] },
    ]);
    expect(
      await world.rows(
        `select object_type, known->>'standing' as standing from mirrored_object where stripe_id like '%first_poison' order by 1`,
      ),
    ).toEqual([
      { object_type: 'customer', standing: 'dirty' },
      { object_type: 'subscription', standing: 'dirty' },
    ]);
  });

  it('that reads well but breaks what is told of it, marks its object as well', async () => {
    const half = aSubscription('sub_half', 'cus_once', { items: { object: 'list', data: [anItem('si_half', { quantity: 1.5 })] } });
    await world.hear(ACME_TEST, anEvent('customer.subscription.created', half));

    expect(await world.rows(`select attempts from dead_letter where key like '%sub_half'`)).toEqual([{ attempts: 3 }]);
    expect(
      await world.rows(`select known->'dirtyBecause'->0->>'because' as because from mirrored_object where stripe_id = 'sub_half'`),
    ).toEqual([{ because: 'burial' }]);
  });
});
