import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CustomerChanged } from '@turnpike/contracts-events';
import { ACME_LIVE, ACME_TEST, GLOBEX_TEST, StartedCustomers, until } from './testing/started-customers.js';
import { aCustomer, anEvent, aSubscription } from './testing/stripe-events.js';

let world: StartedCustomers;
let acmeCustomer: string;
let acmeSubscription: string;
beforeAll(async () => {
  world = await StartedCustomers.start();
  // The same Stripe ids for everybody: nothing but organization and environment keeps them apart.
  const events = () => [
    anEvent('customer.created', aCustomer('cus_1', { name: 'Ada' })),
    anEvent('customer.subscription.created', aSubscription('sub_1', 'cus_1')),
  ];
  await world.hear(ACME_TEST, ...events());
  await world.hear(ACME_LIVE, anEvent('customer.created', aCustomer('cus_1', { name: 'Ada, live' }), 0, { connectionId: 'acme-live' }));
  await world.hear(GLOBEX_TEST, ...events().map((event) => ({ ...event, connectionId: 'globex-test' })));
  const [customer] = await world.rows<{ id: string }>(`select id from customer where organization = 'acme' and environment = 'test'`);
  const [subscription] = await world.rows<{ id: string }>(`select id from subscription where organization = 'acme'`);
  acmeCustomer = customer?.id ?? '';
  acmeSubscription = subscription?.id ?? '';
});
afterAll(async () => {
  await world?.stop();
});

const idsOf = (body: Record<string, unknown>) => (body['data'] as { stripeId: string }[]).map((one) => one.stripeId);

describe('a customer over HTTP', () => {
  it('is shown to its own organization and environment', async () => {
    expect(await world.get(`/v1/customers/${acmeCustomer}`)).toMatchObject({ status: 200, body: { id: acmeCustomer, name: 'Ada' } });
    expect(await world.get(`/v1/subscriptions/${acmeSubscription}`)).toMatchObject({
      status: 200,
      body: { id: acmeSubscription, customerId: acmeCustomer },
    });
  });

  it.each([['globex-test-key'], ['acme-live-key']])('is not known to %s, in the words for an id that nobody has', async (key) => {
    const customer = await world.get(`/v1/customers/${acmeCustomer}`, key);
    expect(customer).toMatchObject({ status: 404, body: { code: 'customer_not_found' } });
    expect(await world.get(`/v1/subscriptions/${acmeSubscription}`, key)).toMatchObject({
      status: 404,
      body: { code: 'subscription_not_found' },
    });

    const nobody = `cust_${'0'.repeat(32)}`;
    const unknown = await world.get(`/v1/customers/${nobody}`, key);
    expect(
      JSON.stringify(unknown.body)
        .replaceAll(nobody, '')
        .replace(/"(requestId|instance)":"[^"]*"/g, ''),
    ).toBe(
      JSON.stringify(customer.body)
        .replaceAll(acmeCustomer, '')
        .replace(/"(requestId|instance)":"[^"]*"/g, ''),
    );
  });

  it('is listed for its own key only', async () => {
    expect((await world.get('/v1/customers')).body['data']).toMatchObject([{ name: 'Ada', connectionId: 'acme-test' }]);
    expect((await world.get('/v1/customers', 'acme-live-key')).body['data']).toMatchObject([
      { name: 'Ada, live', connectionId: 'acme-live' },
    ]);
    expect((await world.get('/v1/customers', 'globex-test-key')).body['data']).toMatchObject([
      { name: 'Ada', connectionId: 'globex-test' },
    ]);
  });

  it.each(['/v1/customers', `/v1/customers/x`, '/v1/subscriptions/x'])('is not shown without a key on %s', async (path) => {
    expect(await world.get(path, 'nobody')).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
  });

  it.each([
    ['/v1/customers/%00', 404],
    ['/v1/customers/cus_1', 404],
    ['/v1/customers?email=%00', 200],
    ['/v1/customers?starting_after=x', 400],
    ['/v1/customers?limit=0', 400],
    ['/v1/subscriptions/%00', 404],
  ])('answers %s with %i', async (path, status) => {
    expect((await world.get(path)).status).toBe(status);
  });
});

describe('the list of customers', () => {
  beforeAll(async () => {
    for (const name of ['a', 'b', 'c', 'd'])
      await world.hear(ACME_TEST, anEvent('customer.created', aCustomer(`cus_${name}`, { email: `${name}@example.com` })));
  });

  it('goes from the newest to the oldest, page by page, and back', async () => {
    const first = (await world.get('/v1/customers?limit=2')).body;
    expect([idsOf(first), first['has_more']]).toEqual([['cus_d', 'cus_c'], true]);
    const second = (await world.get(`/v1/customers?limit=2&starting_after=${String(first['next_cursor'])}`)).body;
    expect([idsOf(second), second['has_more']]).toEqual([['cus_b', 'cus_a'], true]);
    const last = (await world.get(`/v1/customers?limit=2&starting_after=${String(second['next_cursor'])}`)).body;
    expect([idsOf(last), last['has_more'], last['next_cursor']]).toEqual([['cus_1'], false, null]);

    const back = (await world.get(`/v1/customers?limit=2&ending_before=${acmeCustomer}`)).body;
    expect([idsOf(back), back['has_more']]).toEqual([['cus_b', 'cus_a'], true]);
    expect(idsOf((await world.get(`/v1/customers?limit=2&ending_before=${String(back['next_cursor'])}`)).body)).toEqual(['cus_d', 'cus_c']);
  });

  it('finds by e-mail and by Stripe id', async () => {
    expect(idsOf((await world.get('/v1/customers?email=b@example.com')).body)).toEqual(['cus_b']);
    expect(idsOf((await world.get('/v1/customers?stripe_id=cus_c')).body)).toEqual(['cus_c']);
    expect(idsOf((await world.get('/v1/customers?stripe_id=cus_c&email=b@example.com')).body)).toEqual([]);
  });
});

describe('the whole state', () => {
  it('is told again on request, each customer and subscription with the version it has', async () => {
    const before = await world.announced<CustomerChanged>('customers.customer.changed.v1');
    const newest = new Map(before.map((told) => [told.customerId, told]));
    const { status, body } = await world.post('/internal/customers/announce-all', {});
    expect([status, typeof body['runId']]).toEqual([200, 'string']);
    await until(
      'all is told again',
      async () => (await world.announced('customers.customer.changed.v1')).length >= before.length + newest.size,
    );

    const again = (await world.announced<CustomerChanged>('customers.customer.changed.v1')).slice(before.length);
    expect(new Map(again.map((told) => [told.customerId, told]))).toEqual(newest);
    await until('subscriptions are told again', async () => (await world.announced('customers.subscription.changed.v1')).length === 4);
  });

  it('can be asked for by topic and organization', async () => {
    const before = (await world.announced('customers.customer.changed.v1')).length;
    await world.post('/internal/customers/announce-all', { topic: 'customers.customer.changed.v1', organization: 'globex' });
    await until('globex is told again', async () => (await world.announced('customers.customer.changed.v1')).length === before + 1);
  });

  it('is one more run for all who ask during one, since that one may have passed what they need', async () => {
    const holder = await world.inside.connect();
    await holder.query('begin');
    await holder.query(`select pg_advisory_xact_lock(hashtextextended('acme/test/acme-test/cus_1', 0))`);
    const running = await world.post('/internal/customers/announce-all', {});
    const waits = `select 1 from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())`;
    await until('the run is held up', async () => (await world.rows(waits)).length > 0);
    const whole = await world.post('/internal/customers/announce-all', {});
    const part = await world.post('/internal/customers/announce-all', { organization: 'acme' });
    await holder.query('commit');
    holder.release();

    expect(whole.body['runId']).not.toBe(running.body['runId']);
    expect(part.body['runId']).toBe(whole.body['runId']);
  });

  it('is for services of this installation', async () => {
    expect(await world.post('/internal/customers/announce-all', {}, 'acme-test-key')).toMatchObject({ status: 401 });
    expect(await world.post('/internal/customers/announce-all', { topic: 'gateway.stripe-event.received.v1' })).toMatchObject({
      status: 400,
      body: { errors: [{ code: 'topic_of_another_writer' }] },
    });
    expect(await world.post('/internal/customers/announce-all', { organization: 'nobody' })).toMatchObject({ status: 400 });
  });
});
