import { randomUUID } from 'node:crypto';
import { until } from '@turnpike/testing';
import { Buyer, CARD, CARD_WITHOUT_FUNDS, catalogOf } from './life.js';
import type { Seller } from './seller.js';
import type { World } from './world.js';

/** An id of each kind of thing that an organization has; a name for each kind that stands in routes. */
export interface Possessions {
  readonly customer: string;
  readonly externalId: string;
  readonly stripeCustomer: string;
  readonly subscription: string;
  readonly workspace: string;
  readonly member: string;
  readonly invoice: string;
  readonly payment: string;
  readonly notification: string;
  readonly connection: string;
  readonly gapSweep: string;
  readonly apiKey: string;
  readonly product: string;
  readonly plan: string;
  readonly planVersion: string;
}

/** Gives an organization one of everything. */
export async function possessionsOf(world: World, seller: Seller): Promise<Possessions> {
  const connection = await seller.connect();
  const price = await seller.sells(catalogOf(seller.account), `${seller.account} Pro Plan`);
  const externalId = `buyer-of-${seller.account}`;
  const buyer = await Buyer.of(seller.stripe, externalId);
  await buyer.usesCard(CARD);
  const { id } = await buyer.subscribes(price);
  await buyer.usesCard(CARD_WITHOUT_FUNDS);
  await buyer.waitsForNextPeriod(id);
  await until('the failed payment is told', async () => (await seller.readAll('/v1/mailbox')).length > 0, 60_000);
  const first = async (path: string) => (await seller.readAll(path))[0]?.id ?? '';
  const customer = await first('/v1/customers');
  const workspace = await seller.ask('POST', '/v1/workspaces', {
    customer,
    externalId: `workspace-of-${seller.account}`,
    members: [{ memberId: `owner-at-${seller.account}`, role: 'owner' }],
  });
  const [subscription] = await world.trial.sql<{ id: string }>(
    'customers',
    `select id from subscription where organization = '${seller.id}'`,
  );
  return {
    customer,
    externalId,
    stripeCustomer: buyer.stripeId,
    subscription: subscription?.id ?? '',
    workspace: (workspace.body as { id: string }).id,
    member: `owner-at-${seller.account}`,
    invoice: await first('/v1/invoices'),
    payment: await first('/v1/payments'),
    notification: await first('/v1/notifications'),
    connection: connection.id,
    gapSweep: await first('/v1/gap_sweeps'),
    apiKey: await first('/v1/api_keys'),
    product: await first('/v1/products'),
    plan: await first('/v1/plans'),
    planVersion: await first('/v1/plan_versions'),
  };
}

/** Ids of the same looks that nobody has. */
export function nobodys(real: Possessions): Possessions {
  const other = (id: string) => (/^[a-z]+_[0-9a-f]{32}$/.test(id) ? id.replace(/[0-9a-f]{32}$/, uuidLike) : `nobody-${randomUUID()}`);
  return Object.fromEntries(
    Object.entries(real).map(([kind, id]) => [kind, kind === 'stripeCustomer' ? 'cus_Nobody00000000' : other(id)]),
  ) as unknown as Possessions;
}

/** A UUIDv7 as ids have it, of the same millisecond. */
function uuidLike(id: string): string {
  return `${id.slice(0, 16)}${randomUUID().replaceAll('-', '').slice(16)}`;
}
