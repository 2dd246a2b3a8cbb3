import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CustomerChanged, SubscriptionChanged, WorkspaceChanged } from '@turnpike/contracts-events';
import { ACME_TEST, GLOBEX_TEST, StartedCustomers, until } from './testing/started-customers.js';
import { aCustomer, anEvent, aSubscription } from './testing/stripe-events.js';

let world: StartedCustomers;
beforeAll(async () => {
  world = await StartedCustomers.start();
});
afterAll(async () => {
  await world?.stop();
});

const post = (body: unknown, key?: string) => world.send('POST', '/v1/customers', body, key);
const patch = (id: unknown, body: unknown) => world.send('PATCH', `/v1/customers/${String(id)}`, body);
const get = async (id: string) => (await world.get(`/v1/customers/${id}`)).body;
const atStripe = (customerId: string) => ({ connectionId: 'acme-test', customerId });
const naming = (externalId: string) => ({ metadata: { turnpike_external_id: externalId } });
const toldOf = async (id: unknown) =>
  (await world.announced<CustomerChanged>('customers.customer.changed.v1')).filter((one) => one.customerId === id);

describe('a customer that the caller makes', () => {
  it('has its own id and the caller’s, and is found by both', async () => {
    const { status, body } = await post({ externalId: 'user-1', name: 'Ada', email: 'ada@example.com' });
    expect([status, body['stripeId'], body['connectionId']]).toEqual([201, null, null]);
    expect(body['standing']).toEqual({ state: 'confirmed', reasons: [], since: null });

    expect(await get('user-1')).toEqual(body);
    expect(await get(String(body['id']))).toEqual(body);
    expect((await world.get('/v1/customers?external_id=user-1')).body['data']).toEqual([body]);
    expect(await toldOf(body['id'])).toMatchObject([{ externalId: 'user-1', name: 'Ada', stripeId: null, version: { n: 1 } }]);
  });

  it('is the only one of its environment with that external id', async () => {
    const first = await get('user-1');
    expect(await post({ externalId: 'user-1' })).toMatchObject({
      status: 409,
      body: { code: 'external_id_taken', detail: expect.stringContaining(String(first['id'])) },
    });
    expect((await post({ externalId: 'user-1' }, 'globex-test-key')).status).toBe(201);
    expect((await post({ externalId: 'user-1' }, 'acme-live-key')).status).toBe(201);
  });

  it('can be renamed until Stripe says what it is called', async () => {
    const { body } = await post({ externalId: 'user-2' });
    expect((await patch(body['id'], { name: 'Grace' })).body).toMatchObject({ name: 'Grace', version: { n: 2 } });
    expect((await patch('user-2', { stripe: atStripe('cus_two') })).body).toMatchObject({
      name: 'Grace',
      stripeId: 'cus_two',
      standing: { state: 'dirty', reasons: ['stub'] },
    });
    expect(await patch('user-2', { name: 'Other' })).toMatchObject({ status: 409, body: { code: 'decided_at_stripe' } });
    expect(await patch('user-2', { stripe: atStripe('cus_other') })).toMatchObject({ status: 409, body: { code: 'customer_linked' } });

    await world.hear(ACME_TEST, anEvent('customer.created', aCustomer('cus_two', { name: 'Grace H.' })));
    expect(await get('user-2')).toMatchObject({ id: body['id'], name: 'Grace H.', standing: { state: 'confirmed' } });
  });

  it('cannot have what no database holds', async () => {
    expect((await post({ externalId: 'a\u0000b' })).status).toBe(400);
    expect((await post({})).status).toBe(400);
    expect(await patch('nobody', { name: 'x' })).toMatchObject({ status: 404, body: { code: 'customer_not_found' } });
  });
});

describe('a customer that Stripe knows already', () => {
  it('is the one whom the caller names, without a second row', async () => {
    await world.hear(ACME_TEST, anEvent('customer.created', aCustomer('cus_known')));
    const { status, body } = await post({ externalId: 'user-3', name: 'Ignored', stripe: atStripe('cus_known') });
    expect([status, body['name'], body['stripeId'], body['externalId']]).toEqual([201, 'Ada', 'cus_known', 'user-3']);
    expect(await world.rows(`select 1 from customer where stripe_id = 'cus_known'`)).toHaveLength(1);
    expect(await post({ externalId: 'user-4', stripe: atStripe('cus_known') })).toMatchObject({
      status: 409,
      body: { code: 'stripe_customer_taken', detail: expect.stringContaining(String(body['id'])) },
    });
  });

  it('that was never heard of here is a stub under the caller’s names', async () => {
    const { body } = await post({ externalId: 'user-5', name: 'Ada', stripe: atStripe('cus_unheard') });
    expect(body).toMatchObject({ name: 'Ada', standing: { state: 'dirty', reasons: ['stub'] }, version: { n: 1 } });
    expect(await world.rows(`select 1 from fetch_due where stripe_id = 'cus_unheard'`)).toHaveLength(1);
  });

  it('is linked by the external id in its metadata', async () => {
    await world.hear(ACME_TEST, anEvent('customer.created', aCustomer('cus_naming', naming('user-6'))));
    expect(await get('user-6')).toMatchObject({ stripeId: 'cus_naming', externalIdConflict: null, version: { n: 1 } });
  });

  it('does not take an external id that somebody has, and says so', async () => {
    await world.hear(ACME_TEST, anEvent('customer.created', aCustomer('cus_second', naming('user-6'))));
    const { body } = await world.get('/v1/customers?stripe_id=cus_second');
    expect(body['data']).toMatchObject([{ externalId: null, externalIdConflict: 'user-6' }]);
    expect(await get('user-6')).toMatchObject({ stripeId: 'cus_naming' });
  });

  it('names an external id of its own organization only', async () => {
    await world.hear(
      GLOBEX_TEST,
      anEvent('customer.created', aCustomer('cus_globex', naming('user-6')), 0, { connectionId: 'globex-test' }),
    );
    expect((await world.get('/v1/customers/user-6', 'globex-test-key')).body).toMatchObject({ stripeId: 'cus_globex' });
  });
});

describe('two rows that turn out to be one customer', () => {
  it('become the caller’s, with the subscriptions and workspaces of the other', async () => {
    await world.hear(
      ACME_TEST,
      anEvent('customer.created', aCustomer('cus_merged')),
      anEvent('customer.subscription.created', aSubscription('sub_merged', 'cus_merged')),
    );
    const [other] = (await world.get('/v1/customers?stripe_id=cus_merged')).body['data'] as Record<string, unknown>[];
    const workspace = await world.send('POST', '/v1/workspaces', {
      customer: other?.['id'],
      members: [{ memberId: 'ada', role: 'owner' }],
    });
    const own = (await post({ externalId: 'user-7', name: 'Own' })).body;
    const linked = await patch('user-7', { stripe: atStripe('cus_merged') });

    expect(linked.body).toMatchObject({ id: own['id'], externalId: 'user-7', stripeId: 'cus_merged', name: 'Ada' });
    expect(linked.body['standing']).toMatchObject({ state: 'confirmed' });
    const merged = await get(String(other?.['id']));
    expect(merged).toMatchObject({ mergedInto: own['id'], stripeId: null, externalId: null });
    expect(merged['deletedAt']).not.toBeNull();
    expect(await patch(merged['id'], { name: 'x' })).toMatchObject({ status: 409, body: { code: 'customer_merged' } });

    const subscriptions = await world.announced<SubscriptionChanged>('customers.subscription.changed.v1');
    expect(subscriptions.filter((one) => one.stripeId === 'sub_merged').map(({ customerId, version }) => [customerId, version.n])).toEqual([
      [other?.['id'], 1],
      [own['id'], 2],
    ]);
    const workspaces = await world.announced<WorkspaceChanged>('customers.workspace.changed.v1');
    expect(workspaces.filter((one) => one.workspaceId === workspace.body['id']).map(({ customerId }) => customerId)).toEqual([
      other?.['id'],
      own['id'],
    ]);
    expect((await toldOf(other?.['id'])).at(-1)).toMatchObject({ mergedInto: own['id'], stripeId: null });
    expect((await toldOf(own['id'])).at(-1)).toMatchObject({ stripeId: 'cus_merged', externalId: 'user-7' });

    await world.hear(
      ACME_TEST,
      anEvent('customer.updated', aCustomer('cus_merged', { name: 'Later' }), 60, { previousAttributes: { name: 'Ada' } }),
    );
    await world.hear(ACME_TEST, anEvent('customer.subscription.created', aSubscription('sub_after', 'cus_merged'), 61));
    expect(await get('user-7')).toMatchObject({ name: 'Later' });
    expect(await world.rows(`select customer_id from subscription where stripe_id = 'sub_after'`)).toEqual([{ customer_id: own['id'] }]);
  });

  it('by the external id in the metadata are merged without anybody asking', async () => {
    const own = (await post({ externalId: 'user-8', name: 'Own' })).body;
    await world.hear(
      ACME_TEST,
      anEvent('customer.created', aCustomer('cus_waited_for', naming('user-8'))),
      anEvent('customer.subscription.created', aSubscription('sub_waited_for', 'cus_waited_for')),
    );
    await until('they are one', async () => (await get('user-8'))['stripeId'] === 'cus_waited_for');

    expect(await get('user-8')).toMatchObject({ id: own['id'], name: 'Ada', externalIdConflict: null, standing: { state: 'confirmed' } });
    expect(await world.rows(`select customer_id from subscription where stripe_id = 'sub_waited_for'`)).toEqual([
      { customer_id: own['id'] },
    ]);
    expect(await world.rows(`select 1 from customer where merged_into = $1`, [own['id']])).toHaveLength(1);
  });
});

describe('what was linked and merged', () => {
  it('was told in rising versions, one by one', async () => {
    const told = await world.announced<CustomerChanged>('customers.customer.changed.v1');
    const versions = Map.groupBy(told, (one) => one.customerId);
    for (const each of versions.values()) expect(each.map(({ version }) => version.n)).toEqual(each.map((_, at) => at + 1));
    expect(await world.rows('select 1 from dead_letter')).toEqual([]);
  });
});
