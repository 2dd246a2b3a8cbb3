import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@turnpike/testing';
import { DeliveryProxy } from './delivery-proxy.js';
import { Buyer, catalogOf } from './life.js';
import { brokenVersions, toldAbout, truthAbout } from './truth.js';
import type { Fault, World } from './world.js';

const SEED = 7;
const PRODUCT = 'Faulty Pro Plan';

interface Plan {
  readonly key: string;
  readonly sync: ReadonlyArray<{ readonly status: string }>;
}

/** Stripe does not answer, or not yet, or nobody knows whether it did (architecture rules 5 and 7). */
export function stripeAtFault(of: () => World): void {
  describe('a Stripe that answers 429, 500, nothing, or after it has done what was asked', () => {
    let proxy: DeliveryProxy;
    beforeAll(async () => void (proxy = await DeliveryProxy.open(of().url, SEED, (address) => of().addressesCalled.push(address))));
    afterAll(() => proxy?.close());

    it('has one product and one price of a plan in the end, and life is told rightly all the same', async () => {
      const world = of();
      const seller = await world.seller('faulty');
      const { stripe } = seller;
      await proxy.standBefore(seller, await seller.connect());
      const breaks = async (match: Fault['match'], kinds: readonly Fault['kind'][], times = 1) => {
        for (const kind of kinds) await world.breaks({ account: seller.secretKey, match, kind, times });
      };
      await breaks({ method: 'POST', path: '/v1/products' }, ['reset-after-commit', '429', '500']);
      await breaks({ method: 'POST', path: '/v1/prices' }, ['timeout', 'reset-before', 'reset-after-commit']);
      const price = await seller.sells(catalogOf('Faulty'), PRODUCT);
      const paid = async () => (await seller.readAll<Plan & { id: string }>('/v1/plans')).find(({ key }) => key === 'pro');
      await until('the plan is in step', async () => (await paid())?.sync[0]?.status === 'synced', 60_000);
      const products = await stripe.products.list({ limit: 100 });
      expect(products.data.map(({ name }) => name)).toEqual([PRODUCT]);
      expect((await stripe.prices.list({ limit: 100 })).data.map(({ id }) => id)).toEqual([price]);
      // Every fault was met, and these two were all that was asked for. What is cut, the SDK itself sends once more.
      const intents = await world.trial.sql<{ path: string; tries: number }>(
        'catalog',
        `select path, tries from stripe_intent where organization = '${seller.id}' order by path desc`,
      );
      expect(intents).toEqual([
        { path: '/v1/products', tries: 3 },
        { path: '/v1/prices', tries: 2 },
      ]);

      await proxy.quiet();
      proxy.hold();
      const buyer = await Buyer.of(stripe, 'fay');
      await buyer.livesThroughIt(price);
      const [last] = (await stripe.events.list({ limit: 1 })).data;
      await until('all is on the line', async () => proxy.hasHeard(last?.id ?? ''));
      const truth = await truthAbout(stripe, buyer.stripeId);
      await breaks({ method: 'GET', path: '/v1/' }, ['429', '500', 'reset-before', 'timeout', '503'], 2);
      await proxy.release();
      await until(
        'all is as Stripe says',
        async () => JSON.stringify(await toldAbout(world, seller, buyer.stripeId)) === JSON.stringify(truth),
        90_000,
      ).catch(async () => expect(await toldAbout(world, seller, buyer.stripeId)).toEqual(truth));
      expect(world.logged('stripe.fetch.failed', seller.id)).toBeGreaterThan(0);
      await world.heals();
      expect(await brokenVersions(world, seller.id)).toEqual([]);
    }, 240_000);
  });
}
