import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshDatabases, schemaDifference, until } from '@turnpike/testing';
import type Stripe from 'stripe';
import { payments } from './definition.js';
import { StartedPayments } from './testing/started-payments.js';

let world: StartedPayments;
let customer: Stripe.Customer;
let subscription: Stripe.Subscription;

beforeAll(async () => {
  world = await StartedPayments.start();
  const { stripe } = world;
  const product = await stripe.products.create({ name: 'Pro' });
  const price = await stripe.prices.create({ product: product.id, unit_amount: 4900, currency: 'usd', recurring: { interval: 'month' } });
  const clock = await stripe.testHelpers.testClocks.create({ frozen_time: Math.floor(Date.now() / 1000) });
  customer = await stripe.customers.create({ email: 'ada@example.com', test_clock: clock.id });
  await usesCard('pm_card_visa');
  subscription = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] });
  await usesCard('pm_card_chargeCustomerFail');
  // A month, and the hour in which the invoice is still a draft.
  await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: clock.frozen_time + 32 * 24 * 3600 });
  await until('the clock is ready', async () => (await stripe.testHelpers.testClocks.retrieve(clock.id)).status === 'ready');
});
afterAll(() => world?.stop());

async function usesCard(card: string): Promise<void> {
  const method = await world.stripe.paymentMethods.attach(card, { customer: customer.id });
  await world.stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: method.id } });
}

const invoices = (query = '') => world.list(`/v1/invoices?stripe_customer_id=${customer.id}${query}`);
const isConfirmed = (row: Record<string, unknown>) => (row['standing'] as { state: string }).state === 'confirmed';

describe('an invoice', () => {
  it('that was paid is told as paid, whatever the order in which its events arrive', async () => {
    await world.hear(...(await world.events()).toReversed());
    await until('every invoice is settled', async () => (await invoices()).length === 2 && (await invoices()).every(isConfirmed));
    const [paid] = await invoices('&status=paid');
    expect(paid).toMatchObject({
      total: 4900,
      amountPaid: 4900,
      amountRemaining: 0,
      currency: 'usd',
      stripeSubscriptionId: subscription.id,
      lastFailure: null,
    });
  });

  it('that could not be collected says why, and when it is tried again', async () => {
    const [open] = await invoices('&status=open');
    const truth = await world.stripe.invoices.retrieve(String(open?.['stripeId']));
    expect(open).toMatchObject({
      billingReason: 'subscription_cycle',
      amountRemaining: 4900,
      attemptCount: truth.attempt_count,
      nextPaymentAttemptAt: new Date((truth.next_payment_attempt ?? 0) * 1000).toISOString(),
      lastFailure: { code: 'card_declined', declineCode: 'generic_decline' },
    });
  });

  it('that was paid at last has no failure left', async () => {
    await usesCard('pm_card_visa');
    const [open] = await invoices('&status=open');
    await world.stripe.invoices.pay(String(open?.['stripeId']));
    await world.hear(...(await world.events()));
    await until('it is settled', async () => (await invoices('&status=paid')).length === 2 && (await invoices()).every(isConfirmed));
    expect((await world.get(`/v1/invoices/${open?.['id']}`)).body).toMatchObject({
      status: 'paid',
      lastFailure: null,
      nextPaymentAttemptAt: null,
    });
  });

  it('is told with versions that rise by one', async () => {
    const told = async () =>
      (
        await world.inside.query<{ body: Buffer }>(`select body from outbox where topic = 'payments.invoice.changed.v1' order by id`)
      ).rows.map(({ body }) => JSON.parse(body.toString()) as { invoiceId: string; version: { n: number } });
    const facts = await told();
    expect(facts.length).toBeGreaterThan(2);
    for (const { id } of (await invoices()) as { id: string }[]) {
      const versions = facts.filter(({ invoiceId }) => invoiceId === id).map(({ version }) => version.n);
      expect(versions).toEqual(versions.map((_, position) => position + 1));
    }
  });
});

describe('a payment', () => {
  it('is shown with what became of it, and nothing of the card', async () => {
    const list = await world.list(`/v1/payments?stripe_customer_id=${customer.id}`);
    expect(list.map((payment) => payment['status'])).toEqual(['succeeded', 'succeeded']);
    expect(JSON.stringify(list)).not.toMatch(/4242|0341|client_secret/);
    expect((await world.get(`/v1/payments/${list[0]?.['id']}`)).body).toMatchObject({
      amount: 4900,
      amountReceived: 4900,
      currency: 'usd',
    });
  });
});

describe('another organization', () => {
  it('sees nothing, and asks for one in vain in the words of an id that nobody has', async () => {
    const [invoice] = await invoices();
    const [payment] = await world.list('/v1/payments');
    expect(await world.list('/v1/invoices', 'globex-key')).toEqual([]);
    expect(await world.list('/v1/payments', 'globex-key')).toEqual([]);
    expect(await world.get(`/v1/invoices/${invoice?.['id']}`, 'globex-key')).toMatchObject({
      status: 404,
      body: { code: 'invoice_not_found' },
    });
    expect(await world.get(`/v1/payments/${payment?.['id']}`, 'globex-key')).toMatchObject({
      status: 404,
      body: { code: 'payment_not_found' },
    });
  });
});

describe('the migrations', () => {
  it('build the tables that the entities describe', async () => {
    const databases = await freshDatabases([payments.plan]);
    expect(await schemaDifference(databases, payments)).toEqual([]);
    await databases.drop();
  });
});
