import type Stripe from 'stripe';
import type { Seller } from './seller.js';
import type { World } from './world.js';

interface Standing {
  readonly standing: { readonly state: string };
}

/** What there is about one customer of Stripe's, in words that both sides have. */
interface Account {
  readonly customer: object;
  readonly subscriptions: object;
  readonly invoices: object;
  readonly payments: object;
}

/** As Stripe says when it is asked. */
export async function truthAbout(stripe: Stripe, customer: string): Promise<Account> {
  const about = await stripe.customers.retrieve(customer);
  if (about.deleted) throw new Error(`${customer} is deleted.`);
  const [subscriptions, invoices, payments] = await Promise.all([
    stripe.subscriptions.list({ customer, status: 'all', limit: 100 }),
    stripe.invoices.list({ customer, limit: 100 }),
    stripe.paymentIntents.list({ customer, limit: 100 }),
  ]);
  return {
    customer: { name: about.name, email: about.email },
    subscriptions: byId(subscriptions.data.map(({ id, status, ended_at: endedAt }) => [id, { status, isOver: endedAt !== null }])),
    invoices: byId(
      invoices.data.map(({ id, status, amount_paid: paid, amount_remaining: remaining, attempt_count: attempts }) => [
        id ?? '',
        { status, paid, remaining, attempts },
      ]),
    ),
    payments: byId(payments.data.map(({ id, status, amount_received: received }) => [id, { status, received }])),
  };
}

/** As Turnpike says. Whatever is not confirmed stands there with its standing, which Stripe never has. */
export async function toldAbout(world: World, seller: Seller, customer: string): Promise<Account> {
  const [about] = await seller.readAll<Standing & { id: string; name: string | null; email: string | null }>(
    `/v1/customers?stripe_id=${customer}`,
  );
  const invoices = await seller.readAll<
    Standing & { id: string; stripeId: string; status: string; amountPaid: number; amountRemaining: number; attemptCount: number }
  >(`/v1/invoices?stripe_customer_id=${customer}`);
  const payments = await seller.readAll<Standing & { id: string; stripeId: string; status: string; amountReceived: number }>(
    `/v1/payments?stripe_customer_id=${customer}`,
  );
  // There is no list of subscriptions over HTTP yet.
  const ids = await world.trial.sql<{ id: string }>(
    'customers',
    `select id from subscription where organization = '${seller.id}' and customer_id = '${about?.id ?? ''}'`,
  );
  const subscriptions = await Promise.all(
    ids.map(({ id }) => seller.read<Standing & { stripeId: string; status: string; endedAt: string | null }>(`/v1/subscriptions/${id}`)),
  );
  return {
    customer: { name: about?.name, email: about?.email, ...unlessConfirmed(about) },
    subscriptions: byId(
      subscriptions.map((one) => [one.stripeId, { status: one.status, isOver: one.endedAt !== null, ...unlessConfirmed(one) }]),
    ),
    invoices: byId(
      invoices.map((one) => [
        one.stripeId,
        {
          status: one.status,
          paid: one.amountPaid,
          remaining: one.amountRemaining,
          attempts: one.attemptCount,
          ...unlessConfirmed(one),
        },
      ]),
    ),
    payments: byId(payments.map((one) => [one.stripeId, { status: one.status, received: one.amountReceived, ...unlessConfirmed(one) }])),
  };
}

function unlessConfirmed(one: Standing | undefined): object {
  return one?.standing.state === 'confirmed' ? {} : { standing: one?.standing };
}

/** Two rows of one id would be a list of two, and so never equal. */
function byId(rows: ReadonlyArray<readonly [string, object]>): Record<string, object> {
  const found: Record<string, object> = {};
  for (const [id, row] of rows) found[id] = found[id] ? [found[id], row] : row;
  return Object.fromEntries(Object.entries(found).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

/** The states of an organization's entities whose versions leave out a number or go back. Told again, one has the number that it had. */
export async function brokenVersions(world: World, organization: string): Promise<string[]> {
  const messages = await world.trial.sql<{ topic: string; key: string; body: string }>(
    'bus',
    `select topic, key, convert_from(body, 'UTF8') as body from message
     where body is not null and key like '${organization}/%' and topic like '%.changed.v1' order by topic, partition, "offset"`,
  );
  const versions = new Map<string, number[]>();
  for (const { topic, key, body } of messages) {
    const { version } = JSON.parse(body) as { version?: { n: number } };
    if (version) versions.set(`${topic} ${key}`, [...(versions.get(`${topic} ${key}`) ?? []), version.n]);
  }
  if (versions.size === 0) throw new Error(`Nothing was ever told of ${organization}.`);
  return [...versions].flatMap(([entity, numbers]) =>
    numbers.every((n, at) => n === (numbers[at - 1] ?? 0) + 1 || n === numbers[at - 1]) ? [] : [`${entity}: ${numbers.join(' ')}`],
  );
}
