import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { type BillingWorld, billingWorld, DAY, HOUR, refusal, START } from '../testing/billing-world.js';

describe('invoices and their payments, through the SDK', () => {
  let world: BillingWorld;
  let stripe: Stripe;

  beforeAll(async () => {
    world = await billingWorld();
    stripe = world.stripe;
  });
  afterAll(() => world.stop());

  const invoiced = async (customer: string, amount: number): Promise<Stripe.Invoice> => {
    const invoice = await stripe.invoices.create({ customer });
    await stripe.invoiceItems.create({ customer, invoice: invoice.id, amount, currency: 'usd', description: 'One-time setup fee' });
    return invoice;
  };
  it('M4: finalizing numbers an invoice in the customer’s row and fixes it', async () => {
    const customer = await world.customerWith();
    await world.give(customer, 'pm_card_visa');
    const draft = await invoiced(customer, 1000);
    expect(draft).toMatchObject({ status: 'draft', number: null, auto_advance: false, billing_reason: 'manual' });
    const paid = await stripe.invoices.pay(draft.id ?? '');
    expect(paid.number).toMatch(/^\w+-0001$/);
    expect(paid).toMatchObject({ status: 'paid', amount_paid: 1000, attempt_count: 1, attempted: true, next_payment_attempt: null });
    const second = await stripe.invoices.finalizeInvoice((await invoiced(customer, 500)).id ?? '');
    expect(second.number).toMatch(/^\w+-0002$/);
    expect(second.status).toBe('open');
    expect(await refusal(stripe.invoices.finalizeInvoice(second.id ?? ''))).toMatchObject({ statusCode: 400 });
    const late = stripe.invoiceItems.create({ customer, invoice: second.id, amount: 1, currency: 'usd' });
    expect(await refusal(late)).toMatchObject({ code: 'invoice_not_editable' });
  });

  it('M2, M3: only open invoices can be voided, and void is for good', async () => {
    const customer = await world.customerWith();
    await world.give(customer, 'pm_card_visa');
    const draft = await invoiced(customer, 1000);
    const id = draft.id ?? '';
    expect((await refusal(stripe.invoices.voidInvoice(id))).message).toMatch(/^You can only pass in open invoices/);
    await stripe.invoices.finalizeInvoice(id);
    expect(await stripe.invoices.markUncollectible(id)).toMatchObject({ status: 'uncollectible' });
    expect(await stripe.invoices.voidInvoice(id)).toMatchObject({ status: 'void' });
    expect(await refusal(stripe.invoices.pay(id))).toMatchObject({ statusCode: 400 });
    const other = await invoiced(customer, 5);
    expect(await stripe.invoices.del(other.id ?? '')).toMatchObject({ deleted: true });
    expect((await stripe.invoiceItems.list({ customer, pending: true })).data).toHaveLength(1);
  });

  it('H9: a decline answers 402 with everything about it, and leaves a failed charge and intent', async () => {
    const customer = await world.customerWith();
    const card = await world.give(customer, 'pm_card_chargeCustomerFail');
    const invoice = await invoiced(customer, 1000);
    const error = await refusal(stripe.invoices.pay(invoice.id ?? ''));
    expect(error).toMatchObject({
      statusCode: 402,
      type: 'StripeCardError',
      code: 'card_declined',
      decline_code: 'generic_decline',
      message: 'Your card was declined.',
      payment_intent: { status: 'requires_payment_method', last_payment_error: { code: 'card_declined' } },
      payment_method: { id: card },
    });
    const [charge] = (await stripe.charges.list({ customer })).data;
    expect(charge).toMatchObject({ status: 'failed', failure_code: 'card_declined', paid: false, outcome: { network_decline_code: '01' } });
    expect(await stripe.invoices.retrieve(invoice.id ?? '')).toMatchObject({ status: 'open', attempt_count: 1 });
    const { data } = await stripe.events.list({ types: ['charge.failed', 'payment_intent.payment_failed', 'invoice.payment_failed'] });
    expect(data).toHaveLength(3);
    // A further attempt by hand does not move the schedule (M7).
    await refusal(stripe.invoices.pay(invoice.id ?? ''));
    expect(await stripe.invoices.retrieve(invoice.id ?? '')).toMatchObject({ attempt_count: 1 });
  });

  it('M6: an invoice of nothing, or paid outside of Stripe, is told as paid like any other', async () => {
    const customer = await world.customerWith();
    const free = await stripe.invoices.finalizeInvoice((await invoiced(customer, 0)).id ?? '');
    expect(free).toMatchObject({ status: 'paid', amount_due: 0, attempt_count: 0, attempted: true });
    const outside = await stripe.invoices.pay((await invoiced(customer, 700)).id ?? '', { paid_out_of_band: true });
    expect(outside).toMatchObject({ status: 'paid', amount_paid: 700 });
    const { data } = await stripe.events.list({ types: ['invoice.paid', 'invoice.payment_succeeded'], limit: 100 });
    const told = data.filter(({ data: { object } }) => 'id' in object && (object.id === free.id || object.id === outside.id));
    expect(told.map(({ type }) => type).toSorted()).toEqual([
      'invoice.paid',
      'invoice.paid',
      'invoice.payment_succeeded',
      'invoice.payment_succeeded',
    ]);
  });

  it('M7: a card that was refused for good is not asked again, a new one is, by the same schedule', async () => {
    const clock = await world.newClock();
    const customer = await world.customerWith(undefined, clock);
    const price = await stripe.prices.create({
      currency: 'usd',
      unit_amount: 900,
      recurring: { interval: 'month' },
      product_data: { name: 'Pro' },
    });
    // Its bank asks for the cardholder, who is not there when the trial is over.
    await world.give(customer, 'pm_card_authenticationRequired');
    const subscription = await stripe.subscriptions.create({ customer, items: [{ price: price.id }], trial_period_days: 1 });
    const firstAttempt = START + DAY + HOUR;
    await world.advance(clock, firstAttempt + 3 * DAY);
    const [invoice] = (await stripe.invoices.list({ customer, limit: 1 })).data;
    expect(invoice).toMatchObject({ attempt_count: 2, next_payment_attempt: firstAttempt + 8 * DAY });
    expect((await stripe.charges.list({ customer })).data).toHaveLength(1);
    await world.give(customer, 'pm_card_visa');
    await world.advance(clock, firstAttempt + 8 * DAY);
    expect(await stripe.invoices.retrieve(invoice?.id ?? '')).toMatchObject({ status: 'paid', attempt_count: 3 });
    expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({ status: 'active' });
  });

  it('M9, Q1: an invoice leads to its payment, its charge and what it cost', async () => {
    const customer = await world.customerWith();
    await world.give(customer, 'pm_card_visa');
    const invoice = await stripe.invoices.pay((await invoiced(customer, 2500)).id ?? '', { expand: ['payments'] });
    const intent = String(invoice.payments?.data[0]?.payment.payment_intent);
    const [payment] = (await stripe.invoicePayments.list({ payment: { type: 'payment_intent', payment_intent: intent } })).data;
    expect(payment).toMatchObject({ invoice: invoice.id, status: 'paid', amount_paid: 2500, is_default: true });
    const charge = await stripe.paymentIntents.retrieve(intent, { expand: ['latest_charge.balance_transaction'] });
    expect(charge.latest_charge).toMatchObject({
      paid: true,
      balance_transaction: { fee: 103, net: 2397, status: 'pending', type: 'charge' },
    });
  });

  it('Q9: refunds give back part by part, and not more than was charged', async () => {
    const customer = await world.customerWith();
    const card = await world.give(customer, 'pm_card_visa');
    const intent = await stripe.paymentIntents.create({ amount: 3000, currency: 'usd', customer, payment_method: card, confirm: true });
    const charge = String(intent.latest_charge);
    expect(await stripe.refunds.create({ charge, amount: 1000 })).toMatchObject({ amount: 1000, status: 'succeeded', charge });
    expect((await refusal(stripe.refunds.create({ charge, amount: 2500 }))).message).toBe(
      'Refund amount ($25.00) is greater than unrefunded amount on charge ($20.00)',
    );
    const rest = await stripe.refunds.create({ payment_intent: intent.id, expand: ['balance_transaction'] });
    expect(rest).toMatchObject({ amount: 2000, balance_transaction: { amount: -2000, fee: 0, net: -2000, type: 'refund' } });
    expect(await refusal(stripe.refunds.create({ charge }))).toMatchObject({ code: 'charge_already_refunded' });
    expect(await stripe.charges.retrieve(charge, { expand: ['refunds'] })).toMatchObject({
      amount_refunded: 3000,
      refunded: true,
      refunds: { data: [{ amount: 2000 }, { amount: 1000 }] },
    });
    const movements = await stripe.balanceTransactions.list({ type: 'refund' });
    expect(movements.data.map(({ amount }) => amount)).toEqual([-2000, -1000]);
  });
});
