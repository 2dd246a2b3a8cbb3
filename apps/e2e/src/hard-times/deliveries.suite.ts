import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { playStory } from '@turnpike/story';
import { until } from '@turnpike/testing';
import { DeliveryProxy } from './delivery-proxy.js';
import { Buyer, catalogOf } from './life.js';
import type { Seller } from './seller.js';
import { brokenVersions, toldAbout, truthAbout } from './truth.js';
import type { World } from './world.js';

interface Notification {
  readonly id: string;
  readonly cause: string;
  readonly notificationScope: string;
}

const SEED = 20_261_121;

/** Stripe promises neither order nor once (requirement B4, B5; architecture rule 5). */
export function deliveriesOnABadLine(of: () => World): void {
  describe('deliveries that come late, twice and in any order', () => {
    let proxy: DeliveryProxy;
    beforeAll(async () => void (proxy = await DeliveryProxy.open(of().url, SEED, (address) => of().addressesCalled.push(address))));
    afterAll(() => proxy?.close());

    it('tell the same story, each step of it and each mail once', async () => {
      const world = of();
      const seller = await world.seller('storyteller');
      await proxy.standBefore(seller, await seller.connect());
      const { url, sandboxUrl } = world;
      const turnpike = { url, apiKey: seller.apiKeys['sandbox'] ?? '' };
      const outcome = await playStory({ turnpike, stripe: { url: sandboxUrl, account: seller.account }, say: () => undefined });
      expect(outcome).toMatchObject({ isWhole: true });
      await proxy.quiet();
      const [customer] = await seller.readAll<{ id: string; stripeId: string }>('/v1/customers');
      const truth = await truthAbout(seller.stripe, customer?.stripeId ?? '');
      await until('all is as Stripe says', async () => isSame(await toldAbout(world, seller, customer?.stripeId ?? ''), truth));
      const { 'PAYMENT_FAILED.SUBSCRIPTION': ofFailures = 0, ...others } = await mailsOf(seller);
      // Of each attempt that failed; where the clock jumps over some of them, only the last may be seen.
      expect(ofFailures).toBeGreaterThan(0);
      expect(ofFailures).toBeLessThanOrEqual(await failuresAt(seller));
      expect(others).toEqual({
        'TRIAL_ENDING.SUBSCRIPTION': 1,
        'SUSPEND.ENTITLEMENT': 1,
        'CANCEL.ENTITLEMENT': 1,
        'REACTIVATE.SUBSCRIPTION': 2,
      });
      expect(await brokenVersions(world, seller.id)).toEqual([]);
    }, 180_000);

    it('end in the truth when a whole life comes at once, shuffled', async () => {
      const world = of();
      const seller = await world.seller('latecomer');
      await proxy.standBefore(seller, await seller.connect());
      const price = await seller.sells(catalogOf('Late'), 'Late Pro Plan');
      await proxy.quiet();
      proxy.hold();
      const buyer = await Buyer.of(seller.stripe, 'lea');
      await buyer.livesThroughIt(price);
      // Canceled and back: the last that is delivered, and by then everything before it was.
      const events = await seller.stripe.events.list({ limit: 1 });
      await until('all is on the line', async () => proxy.hasHeard(events.data[0]?.id ?? ''));
      await proxy.release();
      const truth = await truthAbout(seller.stripe, buyer.stripeId);
      await until('all is as Stripe says', async () => isSame(await toldAbout(world, seller, buyer.stripeId), truth)).catch(async () =>
        expect(await toldAbout(world, seller, buyer.stripeId)).toEqual(truth),
      );
      expect(await seller.read('/v1/entitlements/lea')).toMatchObject({ level: 'full', reason: 'active', isStale: false });
      // Of what was over before anybody heard of it, not everything is news; but nothing is told twice.
      const { 'PAYMENT_FAILED.SUBSCRIPTION': ofFailures = 0, 'REACTIVATE.SUBSCRIPTION': ofReturns = 0, ...others } = await mailsOf(seller);
      expect(ofFailures).toBeLessThanOrEqual(await failuresAt(seller));
      expect(ofReturns).toBeLessThanOrEqual(2);
      for (const [scope, times] of Object.entries(others)) expect([scope, times]).toEqual([scope, 1]);
      expect(await brokenVersions(world, seller.id)).toEqual([]);
      expect(proxy.notTaken).toEqual([]);
    }, 180_000);
  });
}

/** How often the customers of a seller were told, by what about. */
async function mailsOf(seller: Seller): Promise<Record<string, number>> {
  const mails = await seller.readAll<Notification>('/v1/mailbox');
  expect(new Set(mails.map(({ cause }) => cause)).size).toBe(mails.length);
  const told = Map.groupBy(mails, ({ notificationScope }) => notificationScope);
  return Object.fromEntries([...told].map(([scope, ofScope]) => [scope, ofScope.length]));
}

async function failuresAt({ stripe }: Seller): Promise<number> {
  return (await stripe.events.list({ type: 'invoice.payment_failed', limit: 100 })).data.length;
}

function isSame(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
