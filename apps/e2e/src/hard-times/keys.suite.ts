import { describe, expect, it } from '@jest/globals';
import { until } from '@turnpike/testing';
import { Buyer, CARD, catalogOf } from './life.js';
import type { Connection, Seller } from './seller.js';
import { brokenVersions, toldAbout, truthAbout } from './truth.js';
import type { World } from './world.js';

interface Customer {
  readonly id: string;
  readonly name: string | null;
  readonly standing: { readonly state: string; readonly reasons: readonly string[] };
}

/** Keys that lose what they may do, or never may (requirements U12, X1, X2). */
export function keysThatMayLess(of: () => World): void {
  /** A restricted key that may do everything but what is named. */
  async function keyFor({ secretKey }: Seller, without: readonly string[] = []): Promise<string> {
    const all = await of().permissionsAtStripe(secretKey);
    const permissions = Object.fromEntries(all.filter((name) => !without.includes(name)).map((name) => [name, 'write']));
    const key = String((await of().operate('POST', 'restricted_keys', { account: secretKey, permissions }))['key']);
    of().secretsGiven.push({ kind: 'Stripe key', text: key });
    return key;
  }

  async function expectTheTruth(seller: Seller, customer: string): Promise<void> {
    const truth = await truthAbout(seller.stripe, customer);
    const isSo = async () => JSON.stringify(await toldAbout(of(), seller, customer)) === JSON.stringify(truth);
    await until('all is as Stripe says', isSo, 60_000).catch(async () => expect(await toldAbout(of(), seller, customer)).toEqual(truth));
  }

  const changeKey = (seller: Seller, { id }: Connection, secretKey: string) =>
    seller.ask('PUT', `/v1/connections/${id}/keys`, { publishableKey: seller.publishableKey, secretKey });

  describe('a key that is revoked', () => {
    it('is shown with what to do, what is in doubt says why, and a new key heals both', async () => {
      const seller = await of().seller('revoked');
      const { stripe } = seller;
      const key = await keyFor(seller);
      const connection = await seller.connect(key);
      const buyer = await Buyer.of(stripe, 'rex');
      await expectTheTruth(seller, buyer.stripeId);
      const rex = async () => (await seller.readAll<Customer>(`/v1/customers?stripe_id=${buyer.stripeId}`))[0];

      await of().operate('POST', 'revoked_keys', { key });
      // Two changes within a second are a near tie: only Stripe could say which one was the last.
      for (const name of ['Rex I', 'Rex II', 'Rex III']) await stripe.customers.update(buyer.stripeId, { name });
      const refused = await seller.connectionOnce(connection.id, ({ status }) => status === 'unauthorized');
      expect(refused.checks.filter(({ ok }) => ok === false)).toMatchObject([{ whatToDo: expect.stringMatching(/key/) }]);
      await until('the customer says why it is in doubt', async () => (await rex())?.standing.state === 'unverified');
      expect((await rex())?.standing.reasons).toEqual(['unauthorized']);
      expect((await of().ask('GET', '/readyz', '')).status).toBe(200);

      const healed = await changeKey(seller, connection, await keyFor(seller));
      expect(healed.status).toBe(200);
      await seller.connectionOnce(connection.id, ({ status }) => status === 'verified');
      await expectTheTruth(seller, buyer.stripeId);
      expect(await brokenVersions(of(), seller.id)).toEqual([]);
    }, 120_000);
  });

  describe('a key that may not make a webhook endpoint', () => {
    it('is polled with: the same end, also of what happened while it was revoked', async () => {
      const seller = await of().seller('polled');
      const key = await keyFor(seller, ['webhook']);
      const connection = await seller.connect(key);
      expect(connection).toMatchObject({ ingestMode: 'polling', endpoint: null });
      const price = await seller.sells(catalogOf('Polled'), 'Polled Pro Plan');
      const buyer = await Buyer.of(seller.stripe, 'pol');
      await buyer.usesCard(CARD);
      await buyer.subscribes(price);
      await expectTheTruth(seller, buyer.stripeId);

      await of().operate('POST', 'revoked_keys', { key });
      await seller.connectionOnce(connection.id, ({ status }) => status === 'unauthorized');
      await buyer.livesThroughIt(price);
      expect((await changeKey(seller, connection, await keyFor(seller, ['webhook']))).status).toBe(200);
      await seller.connectionOnce(connection.id, ({ status }) => status === 'verified');
      await expectTheTruth(seller, buyer.stripeId);
      expect(await seller.read('/v1/entitlements/pol')).toMatchObject({ level: 'full', reason: 'active' });
      expect(await brokenVersions(of(), seller.id)).toEqual([]);
    }, 180_000);
  });
}
