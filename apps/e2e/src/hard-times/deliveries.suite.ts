import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { playStory } from '@turnpike/story';
import { until } from '@turnpike/testing';
import { DeliveryProxy } from './delivery-proxy.js';
import { Buyer, catalogOf } from './life.js';
import { brokenVersions, toldAbout, truthAbout } from './truth.js';
import type { World } from './world.js';

interface Notification {
  readonly id: string;
  readonly cause: string;
  readonly notificationScope: string;
  readonly subject: string;
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
      const mails = await seller.readAll<Notification>('/v1/mailbox');
      const told = Map.groupBy(mails, ({ notificationScope }) => notificationScope);
      const times = Object.fromEntries([...told].map(([scope, ofScope]) => [scope, ofScope.length]));
      expect(times).toEqual({
        'TRIAL_ENDING.SUBSCRIPTION': 1,
        // Of each attempt that failed; where the clock jumps over some of them, only the last may be seen.
        'PAYMENT_FAILED.SUBSCRIPTION': expect.any(Number),
        'SUSPEND.ENTITLEMENT': 1,
        'CANCEL.ENTITLEMENT': 1,
        'REACTIVATE.SUBSCRIPTION': 2,
      });
      expect(new Set(mails.map(({ cause }) => cause)).size).toBe(mails.length);
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
      const mails = await seller.readAll<Notification>('/v1/mailbox');
      expect(new Set(mails.map(({ cause }) => cause)).size).toBe(mails.length);
      expect(await brokenVersions(world, seller.id)).toEqual([]);
      expect(proxy.notTaken).toEqual([]);
    }, 180_000);
  });
}

function isSame(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
