import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { type BillingWorld, billingWorld, DAY, HOUR, START } from '../testing/billing-world.js';

describe('how a subscription changes, through the SDK', () => {
  let world: BillingWorld;
  let stripe: Stripe;
  let price: string;
  let dearer: string;

  beforeAll(async () => {
    world = await billingWorld();
    stripe = world.stripe;
    price = await world.monthly(2500);
    dearer = await world.monthly(4000);
  });
  afterAll(() => world.stop());

  const subscribe = (customer: string, more: Partial<Stripe.SubscriptionCreateParams> = {}) =>
    stripe.subscriptions.create({ customer, items: [{ price }], ...more });
  const invoiceOf = (subscription: Stripe.Subscription) => stripe.invoices.retrieve(String(subscription.latest_invoice));

  it('K6: pending_if_incomplete keeps the change waiting until its invoice is paid', async () => {
    const customer = await world.customerWith('pm_card_visa');
    const subscription = await subscribe(customer);
    const bad = await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer });
    await stripe.customers.update(customer, { invoice_settings: { default_payment_method: bad.id } });
    const [item] = subscription.items.data;
    const changed = await stripe.subscriptions.update(subscription.id, {
      items: [{ id: item?.id, price: dearer }],
      proration_behavior: 'always_invoice',
      payment_behavior: 'pending_if_incomplete',
    });
    expect(changed).toMatchObject({ status: 'active', items: { data: [{ price: { id: price } }] } });
    expect(changed.pending_update?.subscription_items).toMatchObject([{ price: { id: dearer } }]);
    const good = await stripe.paymentMethods.attach('pm_card_visa', { customer });
    await stripe.invoices.pay(String(changed.latest_invoice), { payment_method: good.id });
    expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({
      pending_update: null,
      items: { data: [{ price: { id: dearer } }] },
    });
    const told = (await world.eventsOf(subscription.id)).map(({ type }) => type);
    expect(told).toContain('customer.subscription.pending_update_applied');
  });

  it('K15: a pause gives back the rest of the period, and a paid invoice resumes', async () => {
    const subscription = await subscribe(await world.customerWith('pm_card_visa'));
    const paused = await stripe.subscriptions.pause(subscription.id);
    expect(paused).toMatchObject({ status: 'paused', status_details: { paused: { subscription: { type: 'pause_requested' } } } });
    const resumed = await stripe.subscriptions.resume(subscription.id);
    expect(resumed).toMatchObject({ status: 'active' });
    expect(resumed.status_details).toBeUndefined();
    const told = (await world.eventsOf(subscription.id)).map(({ type }) => type);
    expect(told).toContain('customer.subscription.paused');
    expect(told).toContain('customer.subscription.resumed');
  });

  it('K15: a pause whose end waits for its payment is over when that is paid, and its invoice void after 23 hours', async () => {
    const clock = await world.newClock();
    const customer = await world.customerWith('pm_card_visa', clock);
    const { id } = await subscribe(customer);
    await stripe.subscriptions.pause(id);
    await world.give(customer, 'pm_card_chargeCustomerFail');
    const dearly = { items: [{ id: (await stripe.subscriptions.retrieve(id)).items.data[0]?.id, price: dearer }] };
    await stripe.subscriptions.update(id, dearly);
    const waiting = await stripe.subscriptions.resume(id, { payment_behavior: 'resume_on_payment_success' });
    expect(waiting.status).toBe('paused');
    await world.advance(clock, START + 23 * HOUR);
    expect(await invoiceOf(waiting)).toMatchObject({ status: 'void' });
    expect(await stripe.subscriptions.resume(id)).toMatchObject({ status: 'past_due' });
  });

  it('K15: paused collection voids the invoices and leaves the status alone', async () => {
    const clock = await world.newClock();
    const subscription = await subscribe(await world.customerWith('pm_card_visa', clock));
    await stripe.subscriptions.update(subscription.id, { pause_collection: { behavior: 'void' } });
    await world.advance(clock, START + 32 * DAY);
    const after = await stripe.subscriptions.retrieve(subscription.id);
    expect(after.status).toBe('active');
    expect(await invoiceOf(after)).toMatchObject({ status: 'void', billing_reason: 'subscription_cycle' });
  });

  it('L1, L2: a swap in the middle of a period waits for the next invoice with what it gives back and costs', async () => {
    const clock = await world.newClock();
    const customer = await world.customerWith('pm_card_visa', clock);
    const subscription = await subscribe(customer);
    await world.advance(clock, START + 15 * DAY);
    const [item] = subscription.items.data;
    const swapped = await stripe.subscriptions.update(subscription.id, { items: [{ id: item?.id, price: dearer }] });
    expect(swapped.latest_invoice).toBe(subscription.latest_invoice);
    const waiting = await stripe.invoiceItems.list({ customer, pending: true });
    // 16 of 31 days are left.
    expect(waiting.data.map(({ amount }) => amount).toSorted((a, b) => a - b)).toEqual([-1290, 2065]);
    await world.advance(clock, START + 31 * DAY);
    const next = await invoiceOf(await stripe.subscriptions.retrieve(subscription.id));
    expect(next).toMatchObject({ total: 4000 - 1290 + 2065 });
    expect(next.lines.data.map(({ description }) => description)).toContain('Unused time on Pro after 25 Jan 2026');
  });

  it('L6: what an invoice owes the customer becomes their credit, and pays the next ones', async () => {
    const customer = await world.customerWith('pm_card_visa');
    const subscription = await subscribe(customer, { items: [{ price: dearer }] });
    const [item] = subscription.items.data;
    const swapped = await stripe.subscriptions.update(subscription.id, {
      items: [{ id: item?.id, price }],
      proration_behavior: 'always_invoice',
    });
    expect(await invoiceOf(swapped)).toMatchObject({ status: 'paid', amount_due: 0, total: -1500, ending_balance: -1500 });
    expect(await stripe.customers.retrieve(customer)).toMatchObject({ balance: -1500 });
    const another = await subscribe(customer);
    expect(await invoiceOf(another)).toMatchObject({ total: 2500, amount_due: 1000, starting_balance: -1500 });
  });
});
