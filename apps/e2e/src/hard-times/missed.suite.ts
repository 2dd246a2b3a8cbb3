import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@turnpike/testing';
import type Stripe from 'stripe';
import { DeliveryProxy } from './delivery-proxy.js';
import { Buyer, CARD, catalogOf } from './life.js';
import type { Seller } from './seller.js';
import { brokenVersions, toldAbout, truthAbout } from './truth.js';
import type { World } from './world.js';

interface GapSweep {
  readonly id: string;
  readonly because: string;
  readonly gapId: string | null;
  readonly eventsMissed: number;
  readonly eventsHealed: number;
}

const SEED = 20_261_122;

/** Webhooks that Stripe holds for delivered and that never came (issue 5.2): the state at the end is the same, and a report says so. */
export function webhooksThatNeverCome(of: () => World): void {
  describe('webhooks that never come', () => {
    let proxy: DeliveryProxy;
    beforeAll(async () => void (proxy = await DeliveryProxy.open(of().url, SEED, (address) => of().addressesCalled.push(address))));
    afterAll(() => proxy?.close());

    /** Somebody sells, and from here on no webhook arrives. */
    async function unheard(name: string): Promise<{ seller: Seller; connection: string; price: string }> {
      const seller = await of().seller(name);
      const connection = await seller.connect();
      const price = await seller.sells(catalogOf(name), `${name} Pro Plan`);
      // As if the minute had gone by for which a new endpoint and polling run side by side.
      await of().trial.sql('gateway', `update known_connection set polls_until = now() where id = '${connection.id}'`);
      proxy.hold();
      await proxy.standBefore(seller, connection);
      return { seller, connection: connection.id, price };
    }

    /** The way to have a connection looked at without waiting for the minute. */
    async function verify(seller: Seller, connection: string): Promise<void> {
      const { status, body } = await seller.ask('POST', `/v1/connections/${connection}/verify`, {});
      if (status >= 300) throw new Error(`It was not verified: ${status} ${JSON.stringify(body)}`);
    }

    async function endsInTheTruth(seller: Seller, customer: string): Promise<void> {
      const truth = await truthAbout(seller.stripe, customer);
      const isSame = async () => JSON.stringify(await toldAbout(of(), seller, customer)) === JSON.stringify(truth);
      await until('all is as Stripe says', isSame, 120_000).catch(async () =>
        expect(await toldAbout(of(), seller, customer)).toEqual(truth),
      );
      expect(await brokenVersions(of(), seller.id)).toEqual([]);
    }

    const mayUseEverything = (seller: Seller, customer: string) =>
      until(`${customer} has full access`, async () => {
        const access = await seller.read<{ level: string; reason: string }>(`/v1/entitlements/${customer}`);
        return access.level === 'full' && access.reason === 'active';
      });

    const reportOf = (seller: Seller, connection: string) => seller.readAll<GapSweep>(`/v1/gap_sweeps?connection=${connection}`);

    it('are made up for from Stripe’s list of events, and the report counts them', async () => {
      const { seller, connection, price } = await unheard('unheard');
      const buyer = await Buyer.of(seller.stripe, 'buyer-of-unheard');
      await buyer.livesThroughIt(price);
      await verify(seller, connection);
      await endsInTheTruth(seller, buyer.stripeId);
      await mayUseEverything(seller, 'buyer-of-unheard');
      const [latest, ...others] = await reportOf(seller, connection);
      expect(latest).toMatchObject({ because: 'webhooks_missing', gapId: null, eventsHealed: latest?.eventsMissed });
      expect(latest?.eventsMissed).toBeGreaterThan(20);
      expect(others.map(({ because }) => because)).toEqual(['new_connection']);
    }, 240_000);

    it('and whose events were deleted besides are made up for from the objects', async () => {
      const { seller, connection, price } = await unheard('forgotten');
      const customer = await buysAtOnce(seller.stripe, 'buyer-of-forgotten', price);
      await of().operate('POST', 'forgotten_events', { account: seller.secretKey });
      await verify(seller, connection);
      await endsInTheTruth(seller, customer);
      const [latest] = await reportOf(seller, connection);
      expect(latest).toMatchObject({ because: 'events_deleted', gapId: expect.any(String) });
      await mayUseEverything(seller, 'buyer-of-forgotten');
    }, 240_000);
  });
}

/** A customer who lives now, pays at once and thinks better of their name. @returns Stripe's id */
async function buysAtOnce(stripe: Stripe, externalId: string, price: string): Promise<string> {
  const metadata = { turnpike_external_id: externalId };
  const { id } = await stripe.customers.create({ name: 'Anybody', email: `${externalId}@example.com`, metadata });
  const method = await stripe.paymentMethods.attach(CARD, { customer: id });
  await stripe.customers.update(id, { name: externalId, invoice_settings: { default_payment_method: method.id } });
  await stripe.subscriptions.create({ customer: id, items: [{ price }] });
  return id;
}
