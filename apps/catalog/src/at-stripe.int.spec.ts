import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { killPoints } from '@turnpike/intents';
import { until } from '@turnpike/testing';
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
const sold = async (key: string) => {
  await world.apply([aProduct(key)]);
  await world.untilSynced('con_1', key, 'pro');
  await world.untilQuiet();
  return world.plan(key, 'pro');
};

describe('the echo of our own writes', () => {
  it('changes nothing, in whatever order it comes and however often', async () => {
    await sold('echo');
    const [versions, sync] = [await world.toldVersions(), await world.toldSync()];
    const events = await world.events('con_1');
    expect(events.length).toBeGreaterThan(1);
    await world.hearEvents('con_1', [...events.toReversed(), ...events]);
    await world.untilQuiet();
    expect([await world.toldVersions(), await world.toldSync()]).toEqual([versions, sync]);
    expect(await world.events('con_1')).toHaveLength(events.length);
  });
});

describe('a process that dies', () => {
  it.each(['sent', 'answered'] as const)('when a write was %s leaves exactly one product and one price', async (moment) => {
    const original = killPoints[moment].publish.bind(killPoints[moment]);
    let kills = 0;
    const kill = () => {
      // The product's write and then the price's.
      if (kills++ % 2 === 0) throw new Error('killed');
    };
    // A subscriber that throws would only be reported; the publish itself is made to fail, as a process that ends does.
    Object.defineProperty(killPoints[moment], 'publish', { value: kill, configurable: true });
    await world.apply([aProduct(`killed-${moment}`)]);
    await world.untilSynced('con_1', `killed-${moment}`, 'pro');
    Object.defineProperty(killPoints[moment], 'publish', { value: original, configurable: true });
    expect(kills).toBe(4);
    const { products, prices } = await atStripe(`Killed-${moment} Pro Plan`);
    expect([products.length, prices.length]).toEqual([1, 1]);
  });
});

describe('a Stripe that fails', () => {
  it.each(['429', '500', 'reset-before', 'reset-after-commit'])(
    'with %s gets exactly one product and one price in the end',
    async (kind) => {
      await world.goesWrong('con_1', kind, 2);
      await world.apply([aProduct(`after-${kind}`)]);
      await world.untilSynced('con_1', `after-${kind}`, 'pro');
      const { products, prices } = await atStripe(`After-${kind} Pro Plan`);
      expect([products.length, prices.length]).toEqual([1, 1]);
    },
  );
});

describe('a connection', () => {
  it('that is verified later gets what is sold already', async () => {
    await sold('later');
    await world.connection('con_2', 'verifying');
    expect((await world.plan('later', 'pro')).plan.sync.map(({ connectionId }) => connectionId)).toEqual(['con_1']);
    await world.connection('con_2', 'verified');
    await world.untilSynced('con_2', 'later', 'pro');
    const { products, prices } = await atStripe('Later Pro Plan', 'con_2');
    expect(products).toMatchObject([{ metadata: { turnpike_connection_id: 'con_2' } }]);
    const { version } = await world.plan('later', 'pro');
    const told = (await world.toldVersions()).findLast(({ planVersionId }) => planVersionId === version.id);
    expect(told?.prices[0]?.atStripe.map(({ connectionId }) => connectionId)).toEqual(['con_1', 'con_2']);
    expect(prices.map(({ id }) => id)).toContain(told?.prices[0]?.atStripe[1]?.stripeId);
  });

  it('whose key is refused says so, and gets everything when it works again', async () => {
    const revoked = 'sk_test_that_was_revoked';
    await world.operate('/revoked_keys', { key: revoked });
    await world.connection('con_3', 'verified', { secretKey: revoked });
    await world.apply([aProduct('refused')]);
    await until('the write has failed', async () => (await syncOn('con_3'))?.status === 'failed');
    expect(await syncOn('con_3')).toMatchObject({ stripeId: null, error: { message: expect.any(String) } });
    await world.connection('con_3', 'unauthorized');
    await world.connection('con_3', 'verified');
    await world.untilSynced('con_3', 'refused', 'pro');
  });

  it('that is removed is detached: what was learned stays', async () => {
    await world.connection('con_4', 'verified');
    await sold('gone');
    await world.untilSynced('con_4', 'gone', 'pro');
    const stripeId = (await atStripe('Gone Pro Plan', 'con_4')).products[0]?.id;
    await world.connection('con_4', 'removed');
    await world.untilSynced('con_4', 'gone', 'pro', 'detached');
    expect((await world.plan('gone', 'pro')).plan.sync).toContainEqual(
      expect.objectContaining({ connectionId: 'con_4', stripeId, status: 'detached' }),
    );
  });

  async function syncOn(connectionId: string) {
    return (await world.plan('refused', 'pro')).plan.sync.find((one) => one.connectionId === connectionId);
  }
});

describe('what others change at Stripe', () => {
  it('is shown, and written back when somebody publishes again', async () => {
    const { plan, version } = await sold('drifting');
    const { products, prices } = await atStripe('Drifting Pro Plan');
    const [productId, priceId] = [products[0]?.id ?? '', prices[0]?.id ?? ''];
    const known = (await world.events('con_1')).length;
    await world.stripe('con_1').products.update(productId, { name: 'My own name' });
    await world.stripe('con_1').prices.update(priceId, { active: false });
    await world.hearEvents('con_1', (await world.events('con_1')).slice(known));
    const shown = async () => {
      const now = await world.plan('drifting', 'pro');
      const on = (sync: typeof now.plan.sync) => sync.find(({ connectionId }) => connectionId === 'con_1');
      return [on(now.plan.sync), on(now.version.prices[0]?.sync ?? [])];
    };
    await until('the drift is shown', async () => (await shown()).every((sync) => sync?.status === 'failed'));
    expect(await shown()).toMatchObject([{ reasons: ['DRIFT_NAME'] }, { reasons: ['DRIFT_ACTIVE'] }]);
    await world.untilQuiet();
    expect(await world.stripe('con_1').products.retrieve(productId)).toMatchObject({ name: 'My own name' });

    expect((await world.ask('POST', `/v1/plan_versions/${version.id}/publish`)).status).toBe(200);
    await world.untilSynced('con_1', 'drifting', 'pro');
    expect(await world.stripe('con_1').products.retrieve(productId)).toMatchObject({ name: 'Drifting Pro Plan' });
    expect(await world.stripe('con_1').prices.retrieve(priceId)).toMatchObject({ active: true });
    expect((await world.plan('drifting', 'pro')).plan.id).toBe(plan.id);
  });

  it('of what is not ours is not shown', async () => {
    const known = (await world.events('con_1')).length;
    const sync = await world.toldSync();
    const product = await world.stripe('con_1').products.create({ name: 'Theirs' });
    await world.stripe('con_1').prices.create({ product: product.id, unit_amount: 100, currency: 'usd' });
    await world.hearEvents('con_1', (await world.events('con_1')).slice(known));
    await world.untilQuiet();
    expect(await world.toldSync()).toEqual(sync);
    expect(JSON.stringify((await world.ask('GET', '/v1/plans?limit=100')).body)).not.toContain(product.id);
  });
});
