import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshDatabases, schemaDifference, until } from '@turnpike/testing';
import { catalog } from './definition.js';
import { aProduct } from './testing/declared.js';
import { StartedCatalog } from './testing/started-catalog.js';

let world: StartedCatalog;
beforeAll(async () => {
  world = await StartedCatalog.start();
  await world.connection('con_1', 'verified');
});
afterAll(() => world?.stop());

const atStripe = async (name: string, connectionId = 'con_1') => {
  const stripe = world.stripe(connectionId);
  const products = (await stripe.products.list({ limit: 100 })).data.filter((product) => product.name === name);
  const prices = await Promise.all(products.map(async ({ id }) => (await stripe.prices.list({ product: id, limit: 100 })).data));
  return { products, prices: prices.flat() };
};

describe('a declared catalog', () => {
  it('is at Stripe as one product and one price for each paid plan, with the exact name and links back', async () => {
    const applied = await world.apply([aProduct('acme')]);
    expect(applied).toMatchObject({
      isDryRun: false,
      isChanged: true,
      products: [{ change: 'created', plans: [{ change: 'created' }, { change: 'created', versionNumber: 1 }] }],
    });
    await world.untilSynced('con_1', 'acme', 'pro');
    const { plan, version } = await world.plan('acme', 'pro');
    const { products, prices } = await atStripe('Acme Pro Plan');
    expect(products).toMatchObject([
      {
        active: true,
        metadata: {
          turnpike_entity_id: plan.id,
          turnpike_entity_url: `https://billing.acme.example/v1/plans/${plan.id}`,
          turnpike_connection_id: 'con_1',
        },
      },
    ]);
    expect(prices).toMatchObject([
      {
        unit_amount: 4900,
        currency: 'usd',
        recurring: { interval: 'month', interval_count: 1 },
        metadata: { turnpike_entity_id: version.prices[0]?.id },
      },
    ]);
    expect((await world.stripe('con_1').products.list()).data).toHaveLength(1);
  });

  it('shows where each part stands, and why a free plan is not written', async () => {
    const { plan, version } = await world.plan('acme', 'pro');
    const { products, prices } = await atStripe('Acme Pro Plan');
    const synced = { connectionId: 'con_1', status: 'synced', reasons: [], error: null, url: null };
    expect(plan.sync).toMatchObject([{ ...synced, stripeId: products[0]?.id }]);
    expect(version.prices[0]?.sync).toMatchObject([{ ...synced, stripeId: prices[0]?.id, attempts: 1 }]);
    const free = await world.plan('acme', 'free');
    expect(free.plan.sync).toMatchObject([{ status: 'skipped', reasons: ['FREE_PLAN'], stripeId: null }]);
    expect((await world.stripe('con_1').products.list({ limit: 100 })).data).toHaveLength(1);
  });

  it('is not written where the keys may only read, and says so', async () => {
    await world.connection('con_readonly', 'verified', { mayWrite: false });
    const seen = async () => (await world.plan('acme', 'pro')).plan.sync.find(({ connectionId }) => connectionId === 'con_readonly');
    await until('the plan is skipped there', async () => (await seen()) !== undefined);
    await world.untilQuiet();
    expect(await seen()).toMatchObject({ status: 'skipped', reasons: ['READ_ONLY_CONNECTION'], stripeId: null, attempts: 0 });
    expect((await world.stripe('con_readonly').products.list()).data).toEqual([]);
    await world.connection('con_readonly', 'removed');
  });

  it('is told with Stripe’s ids as they come, with versions that rise by one', async () => {
    const { version } = await world.plan('acme', 'pro');
    const told = (await world.toldVersions()).filter(({ planVersionId }) => planVersionId === version.id);
    expect(told.map(({ version: { n } }) => n)).toEqual(told.map((_, position) => position + 1));
    expect(told.at(-1)).toMatchObject({
      ...{ planKey: 'pro', number: 1, status: 'published', isCurrent: true, pricingType: 'paid' },
      prices: [{ atStripe: [{ connectionId: 'con_1', stripeId: (await atStripe('Acme Pro Plan')).prices[0]?.id }] }],
      features: [
        { key: 'export', value: true, isCore: false },
        { key: 'seats', value: 10, isCore: true },
        { key: 'support', value: 'chat', isCore: false },
      ],
    });
  });

  it('changes nothing when it is applied again', async () => {
    await world.untilQuiet();
    const [versions, sync] = [await world.toldVersions(), await world.toldSync()];
    expect(await world.apply([aProduct('acme')])).toMatchObject({ isChanged: false, products: [{ change: 'unchanged' }] });
    await world.untilQuiet();
    expect([await world.toldVersions(), await world.toldSync()]).toEqual([versions, sync]);
  });

  it('says what it would do in a dry run, and does nothing', async () => {
    const other = aProduct('acme', {}, { prices: [{ amount: 5900, currency: 'usd', interval: 'month' }] });
    const dry = await world.apply([other, aProduct('dry')], '?dry_run=true');
    expect(dry).toMatchObject({
      isDryRun: true,
      isChanged: true,
      products: [
        { change: 'unchanged', plans: [{ change: 'unchanged' }, { change: 'changed', differences: ['prices'], versionNumber: 2 }] },
        { change: 'created', id: null },
      ],
    });
    expect((await world.plan('acme', 'pro')).version.number).toBe(1);
    expect((await world.ask('GET', '/v1/products?key=dry')).body['data']).toEqual([]);
  });

  it('that is wrong is refused whole, each fault at its place', async () => {
    const wrong = aProduct('wrong', { key: 'Wrong' }, { prices: [{ amount: -1, currency: 'USD', interval: 'month' }] });
    const { status, body } = await world.ask('PUT', '/v1/catalog', { products: [wrong] });
    expect(status).toBe(400);
    expect((body['errors'] as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual([
      '/products/0/key',
      '/products/0/plans/1/prices/0/amount',
      '/products/0/plans/1/prices/0/currency',
    ]);
    expect(
      await world.ask('PUT', '/v1/catalog', { products: [aProduct('acme', {}, { pricingType: 'custom', prices: [] })] }),
    ).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/products/0/plans/1/pricingType', code: 'pricing_type_is_fixed' }] },
    });
  });
});

describe('a new version', () => {
  it('is a new price; the old one is archived once the new one is there, and who has the old version keeps it', async () => {
    const before = (await world.plan('acme', 'pro')).version;
    await world.apply([aProduct('acme', {}, { prices: [{ amount: 5900, currency: 'usd', interval: 'month' }] })]);
    await world.untilSynced('con_1', 'acme', 'pro');
    await world.untilQuiet();
    const { products, prices } = await atStripe('Acme Pro Plan');
    expect(products).toHaveLength(1);
    expect(prices.map(({ unit_amount, active }) => [unit_amount, active]).toSorted()).toEqual([
      [4900, false],
      [5900, true],
    ]);
    expect((await world.ask('GET', `/v1/plan_versions/${before.id}`)).body).toMatchObject({
      status: 'published',
      isCurrent: false,
      number: 1,
    });
    const events = await world.events('con_1');
    const made = events.findIndex(
      ({ type, data }) => type === 'price.created' && 'unit_amount' in data.object && data.object.unit_amount === 5900,
    );
    const archived = events.findIndex(({ type }) => type === 'price.updated');
    expect(made).toBeGreaterThan(-1);
    expect(archived).toBeGreaterThan(made);
  });

  it('by hand is a draft that nobody gets before it is published, and does not change after', async () => {
    const { plan, version: before } = await world.plan('acme', 'pro');
    const terms = { prices: [{ amount: 6900, currency: 'usd', interval: 'month' }], features: { export: true } };
    const draft = await world.ask('POST', `/v1/plans/${plan.id}/versions`, terms);
    expect(draft).toMatchObject({ status: 201, body: { status: 'draft', isCurrent: false, number: 3, publishedAt: null } });
    expect((await world.plan('acme', 'pro')).version.id).toBe(before.id);
    const published = await world.ask('POST', `/v1/plan_versions/${draft.body['id']}/publish`);
    expect(published).toMatchObject({ status: 200, body: { status: 'published', isCurrent: true } });
    await world.untilSynced('con_1', 'acme', 'pro');
    expect(await world.ask('POST', `/v1/plan_versions/${before.id}/publish`)).toMatchObject({
      status: 409,
      body: { code: 'plan_version_past' },
    });
    expect(await world.ask('POST', `/v1/plans/${plan.id}/versions`, { prices: [] })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/prices' }] },
    });
  });

  it('that is archived is sold to nobody', async () => {
    await world.apply([aProduct('olden')]);
    await world.untilSynced('con_1', 'olden', 'pro');
    const { version } = await world.plan('olden', 'pro');
    expect(await world.ask('POST', `/v1/plan_versions/${version.id}/archive`)).toMatchObject({
      status: 200,
      body: { status: 'archived', isCurrent: false },
    });
    await until('its price is archived', async () => (await atStripe('Olden Pro Plan')).prices.every(({ active }) => !active));
  });
});

describe('another name', () => {
  it('of a plan or of its product reaches Stripe, and makes no new version', async () => {
    await world.apply([aProduct('named')]);
    await world.untilSynced('con_1', 'named', 'pro');
    const { version } = await world.plan('named', 'pro');
    await world.apply([aProduct('named', { name: 'Named Inc' }, { name: 'Plus' })]);
    await until('it is renamed', async () => (await atStripe('Named Inc Plus Plan')).products.length === 1);
    expect((await atStripe('Named Pro Plan')).products).toEqual([]);
    expect((await world.plan('named', 'pro')).version).toMatchObject({ id: version.id, name: 'Plus', number: 1 });
    await world.untilQuiet();
    const told = (await world.toldVersions()).filter(({ planVersionId }) => planVersionId === version.id);
    expect(told.at(-1)).toMatchObject({ name: 'Plus' });
  });
});

describe('what other organizations have', () => {
  it('is not found, in the words of an id that nobody has', async () => {
    const { plan, version } = await world.plan('acme', 'pro');
    const paths = [`products/${plan.productId}`, `plans/${plan.id}`, `plan_versions/${version.id}`];
    for (const path of paths) {
      const foreign = await world.ask('GET', `/v1/${path}`, undefined, 'globex-key');
      const nobodys = await world.ask('GET', `/v1/${path.replace(/[0-9a-f]{4}$/, '0000')}`, undefined, 'globex-key');
      expect(foreign.status).toBe(404);
      expect(foreign.body['code']).toBe(nobodys.body['code']);
    }
    const writes = [
      ['plans', { productId: plan.productId, key: 'x', name: 'X', pricingType: 'free' }],
      [`plans/${plan.id}/versions`, {}],
      [`plan_versions/${version.id}/publish`],
      [`plan_versions/${version.id}/archive`],
    ] as const;
    for (const [path, body] of writes) expect((await world.ask('POST', `/v1/${path}`, body, 'globex-key')).status).toBe(404);
    for (const list of ['products', 'plans', 'plan_versions'])
      expect((await world.ask('GET', `/v1/${list}`, undefined, 'globex-key')).body['data']).toEqual([]);
  });

  it('does not stand in the way of the same keys', async () => {
    const own = await world.ask('POST', '/v1/products', { key: 'acme', name: 'Globex' }, 'globex-key');
    expect(own.status).toBe(201);
    expect(await world.ask('POST', '/v1/products', { key: 'acme', name: 'Again' }, 'globex-key')).toMatchObject({
      status: 409,
      body: { code: 'key_taken' },
    });
  });
});

describe('the migrations', () => {
  it('build the tables that the entities describe', async () => {
    const databases = await freshDatabases([catalog.plan]);
    expect(await schemaDifference(databases, catalog)).toEqual([]);
    await databases.drop();
  });
});
