import { describe, expect, it } from '@jest/globals';
import { fromStripeInvoice, isWholeStripeInvoice, withLastCharge } from './invoice.mapping.js';
import { fromInvoiceHint, fromPaymentIntentHint, isAboutInvoice } from './payment-change.mapping.js';
import { fromStripePaymentIntent } from './payment-intent.mapping.js';

const newest = {
  object: 'invoice',
  id: 'in_1',
  customer: 'cus_1',
  parent: { type: 'subscription_details', subscription_details: { subscription: 'sub_1' } },
  number: 'A-0001',
  status: 'open',
  billing_reason: 'subscription_cycle',
  amount_due: 4900,
  amount_paid: 0,
  amount_remaining: 4900,
  total: 4900,
  currency: 'usd',
  attempt_count: 0,
  attempted: false,
  next_payment_attempt: 1_793_523_600,
  status_transitions: { finalized_at: 1_793_520_000, paid_at: null, voided_at: null },
  test_clock: 'clock_1',
  created: 1_793_520_000,
  metadata: {},
};
const failed = { ...newest, attempt_count: 1, attempted: true };
const charge = { object: 'charge', created: 1_793_520_100, failure_code: 'card_declined', outcome: { reason: 'insufficient_funds' } };

describe('an invoice', () => {
  it('reads the same whether its subscription stands on it or, since 2025-03-31.basil, in its parent', () => {
    const { parent: _, ...older } = { ...newest, subscription: 'sub_1' };
    expect(fromStripeInvoice(older)).toEqual(fromStripeInvoice(newest));
    expect(fromStripeInvoice(newest)).toMatchObject({
      subscriptionId: 'sub_1',
      testClockId: 'clock_1',
      status: 'open',
      amountRemaining: 4900,
    });
  });

  it.each([
    [{ paid: true }, 'paid'],
    [{ closed: true, forgiven: true }, 'uncollectible'],
    [{ closed: true }, 'void'],
    [{ paid: false }, 'open'],
  ])('of the years before statuses is known by its marks: %j', (marks, status) => {
    const { status: _, ...older } = newest;
    expect(fromStripeInvoice({ ...older, ...marks }).status).toBe(status);
  });

  it('that failed says why only with the charge that was tried for it', () => {
    expect(isWholeStripeInvoice(newest)).toBe(true);
    expect(isWholeStripeInvoice(failed)).toBe(false);
    expect(isWholeStripeInvoice(withLastCharge(failed, charge))).toBe(true);
    expect(isWholeStripeInvoice(withLastCharge(failed, null))).toBe(true);
    expect(fromStripeInvoice(failed).lastFailure).toBeNull();
    expect(fromStripeInvoice(withLastCharge(failed, charge)).lastFailure).toEqual({
      code: 'card_declined',
      declineCode: 'insufficient_funds',
      at: '2026-11-01T08:01:40.000Z',
    });
  });

  it('that was paid in the end has no failure left', () => {
    expect(fromStripeInvoice(withLastCharge({ ...failed, status: 'paid' }, charge)).lastFailure).toBeNull();
  });

  it('with a status that is not known here is a named error, and as an event a doubt', () => {
    const unknown = { ...newest, status: 'half_paid' };
    expect(() => fromStripeInvoice(unknown)).toThrow('half_paid');
    const hint = { eventId: 'evt_1', type: 'invoice.updated', created: 1, object: unknown, previousAttributes: null };
    expect(fromInvoiceHint(hint)).toMatchObject({ unmappable: true, payload: null });
  });

  it('is not told of by an event about one that does not exist yet', () => {
    expect(['invoice.paid', 'invoice.deleted', 'invoice.payment_attempt_required'].every(isAboutInvoice)).toBe(true);
    expect(isAboutInvoice('invoice.upcoming')).toBe(false);
    expect(isAboutInvoice('invoiceitem.created')).toBe(false);
  });
});

describe('a payment intent', () => {
  const declined = {
    object: 'payment_intent',
    id: 'pi_1',
    customer: 'cus_1',
    status: 'requires_payment_method',
    amount: 4900,
    amount_received: 0,
    currency: 'usd',
    last_payment_error: { code: 'card_declined', decline_code: 'insufficient_funds', payment_method: { card: { last4: '9995' } } },
    created: 1_793_520_000,
    client_secret: 'pi_1_secret',
  };

  it('keeps why it failed and nothing of the card', () => {
    const payment = fromStripePaymentIntent(declined);
    expect(payment.failure).toEqual({ code: 'card_declined', declineCode: 'insufficient_funds' });
    expect(JSON.stringify(payment)).not.toMatch(/9995|secret/);
  });

  it('of the years before 2019-02-11 has the same status under its new name', () => {
    expect(fromStripePaymentIntent({ ...declined, status: 'requires_source' }).status).toBe('requires_payment_method');
  });

  it('tells what changed of it in our words', () => {
    const hint = { eventId: 'evt_1', type: 'payment_intent.succeeded', created: 2, previousAttributes: null };
    expect(fromPaymentIntentHint({ ...hint, object: { ...declined, status: 'succeeded', amount_received: 4900 } })).toMatchObject({
      payload: { status: 'succeeded', amountReceived: 4900 },
      complete: true,
    });
  });
});
