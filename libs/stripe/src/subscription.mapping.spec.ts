import { describe, expect, it } from '@jest/globals';
import { fromStripeSubscription, isWholeStripeSubscription } from './subscription.mapping.js';
import { aStripeItem, anOldStripeSubscription, aStripeSubscription, PERIOD_END, PERIOD_START } from './testing/stripe-objects.js';
import { UnknownStripeValue } from './unknown-stripe-value.error.js';
import { UnreadableStripeObject } from './unreadable-stripe-object.error.js';

describe("a subscription in Stripe's words", () => {
  it('is read into ours', () => {
    expect(fromStripeSubscription(aStripeSubscription())).toEqual({
      subscriptionId: 'sub_1',
      customerId: 'cus_1',
      status: 'active',
      currency: 'usd',
      items: [
        {
          itemId: 'si_1',
          priceId: 'price_1',
          productId: 'prod_1',
          quantity: 2,
          currency: 'usd',
          unitAmountDecimal: '1500',
          interval: 'month',
          intervalCount: 1,
          usageType: 'licensed',
          currentPeriodStartAt: '2026-11-01T00:00:00.000Z',
          currentPeriodEndAt: '2026-12-01T00:00:00.000Z',
        },
      ],
      currentPeriodStartAt: '2026-11-01T00:00:00.000Z',
      currentPeriodEndAt: '2026-12-01T00:00:00.000Z',
      trialStartAt: null,
      trialEndAt: null,
      cancelAt: null,
      isCancelAtPeriodEnd: false,
      canceledAt: null,
      endedAt: null,
      cancelReason: null,
      collectionMethod: 'charge_automatically',
      pausedCollection: null,
      testClockId: null,
      startedAt: '2026-11-01T00:00:00.000Z',
      createdAt: '2026-11-01T00:00:00.000Z',
      metadata: {},
    });
  });

  it('reads the same whether the period is on the subscription or on its items', () => {
    expect(fromStripeSubscription(anOldStripeSubscription())).toEqual(fromStripeSubscription(aStripeSubscription()));
  });

  it('takes its period from the item whose period ends first', () => {
    const yearly = aStripeItem({ id: 'si_0', current_period_start: PERIOD_START - 9, current_period_end: PERIOD_END + 99 });
    const read = fromStripeSubscription(aStripeSubscription({ items: { data: [yearly, aStripeItem()] } }));
    expect(read.currentPeriodStartAt).toBe('2026-11-01T00:00:00.000Z');
    expect(read.currentPeriodEndAt).toBe('2026-12-01T00:00:00.000Z');
  });

  it.each([
    ['incomplete', 'payment_pending'],
    ['incomplete_expired', 'expired'],
    ['trialing', 'trialing'],
    ['active', 'active'],
    ['past_due', 'past_due'],
    ['unpaid', 'unpaid'],
    ['paused', 'paused'],
    ['canceled', 'canceled'],
  ])('reads the status %s as %s', (theirs, ours) => {
    expect(fromStripeSubscription(aStripeSubscription({ status: theirs })).status).toBe(ours);
  });

  it.each(['resting', 'constructor', ''])('refuses the status %p by name, not by a default', (status) => {
    expect(() => fromStripeSubscription(aStripeSubscription({ status }))).toThrow(new UnknownStripeValue('subscription.status', status));
  });

  it('reads a cancellation whose reason is new, because only the reason is lost', () => {
    const cancellationFor = (reason: string) =>
      fromStripeSubscription(aStripeSubscription({ status: 'canceled', cancellation_details: { reason } }));
    expect(cancellationFor('moon').cancelReason).toBe('other');
    expect(cancellationFor('constructor').cancelReason).toBe('other');
    expect(cancellationFor('cancellation_requested').cancelReason).toBe('requested');
    expect(cancellationFor('payment_failed').cancelReason).toBe('payment_failed');
  });

  it('reads trial, planned end, end, pause of collection, clock and collection', () => {
    const read = fromStripeSubscription(
      aStripeSubscription({
        trial_start: PERIOD_START,
        trial_end: PERIOD_END,
        cancel_at: PERIOD_END,
        cancel_at_period_end: true,
        canceled_at: PERIOD_START,
        ended_at: PERIOD_END,
        pause_collection: { behavior: 'void', resumes_at: PERIOD_END },
        collection_method: 'send_invoice',
        test_clock: { id: 'clock_1', object: 'test_helpers.test_clock' },
      }),
    );
    expect(read).toMatchObject({
      trialStartAt: '2026-11-01T00:00:00.000Z',
      trialEndAt: '2026-12-01T00:00:00.000Z',
      cancelAt: '2026-12-01T00:00:00.000Z',
      isCancelAtPeriodEnd: true,
      canceledAt: '2026-11-01T00:00:00.000Z',
      endedAt: '2026-12-01T00:00:00.000Z',
      pausedCollection: { behavior: 'void', resumesAt: '2026-12-01T00:00:00.000Z' },
      collectionMethod: 'send_invoice',
      testClockId: 'clock_1',
    });
  });

  it.each([
    ['an id', 'cus_1'],
    ['an object', { id: 'cus_1', object: 'customer', name: 'Ada' }],
    ['a deleted object', { id: 'cus_1', object: 'customer', deleted: true }],
  ])('names its customer when that is %s', (_, customer) => {
    expect(fromStripeSubscription(aStripeSubscription({ customer })).customerId).toBe('cus_1');
  });

  it('of the first years has a plan instead of a price, billing instead of a collection method, start instead of a start date', () => {
    const read = fromStripeSubscription({
      id: 'su_1',
      object: 'subscription',
      status: 'active',
      customer: 'cus_1',
      billing: 'send_invoice',
      start: PERIOD_START,
      current_period_end: PERIOD_END,
      quantity: 3,
      plan: { id: 'gold', object: 'plan', amount: 100, currency: 'EUR', interval: 'year', interval_count: 1, product: 'pr_1' },
    });
    expect(read.items).toEqual([
      expect.objectContaining({ itemId: null, priceId: 'gold', quantity: 3, currency: 'eur', unitAmountDecimal: '100', interval: 'year' }),
    ]);
    expect(read).toMatchObject({ currency: 'eur', collectionMethod: 'send_invoice', startedAt: '2026-11-01T00:00:00.000Z', metadata: {} });
  });

  it('has its items in one order, whatever order Stripe lists them in', () => {
    const [one, two] = [aStripeItem({ id: 'si_1' }), aStripeItem({ id: 'si_2' })];
    const listed = (data: (typeof one)[]) => fromStripeSubscription(aStripeSubscription({ items: { data } }));
    expect(listed([one, two])).toEqual(listed([two, one]));
  });

  it.each([
    ['1500.00', '1500'],
    ['0.100', '0.1'],
    ['0.000000000001', '0.000000000001'],
    ['007', '7'],
    ['0', '0'],
    ['-0.0', '0'],
    ['10', '10'],
    ['-12.5', '-12.5'],
  ])('has one spelling of the amount %s', (theirs, ours) => {
    const price = { id: 'p', currency: 'usd', unit_amount: null, unit_amount_decimal: theirs };
    const [item] = fromStripeSubscription(aStripeSubscription({ items: { data: [aStripeItem({ price })] } })).items;
    expect(item?.unitAmountDecimal).toBe(ours);
  });

  it('has no amount where the price is tiered, and no quantity where it is metered', () => {
    const price = {
      id: 'p',
      currency: 'usd',
      unit_amount: null,
      unit_amount_decimal: null,
      recurring: { interval: 'month', interval_count: 1, usage_type: 'metered' },
    };
    const item = aStripeItem({ price, quantity: null });
    const [read] = fromStripeSubscription(aStripeSubscription({ items: { data: [item] } })).items;
    expect(read).toMatchObject({ unitAmountDecimal: null, quantity: null, usageType: 'metered' });
  });

  it('keeps only our own metadata, and no character that PostgreSQL cannot store', () => {
    const metadata = { note: 'theirs', turnpike_plan: 'p\u0000ro\ud800' };
    expect(fromStripeSubscription(aStripeSubscription({ metadata })).metadata).toEqual({ turnpike_plan: 'pro\ufffd' });
  });

  it('is whole unless its items were cut', () => {
    const listOf = (more: object) => aStripeSubscription({ items: { data: [aStripeItem()], ...more } });
    expect(isWholeStripeSubscription(aStripeSubscription())).toBe(true);
    expect(isWholeStripeSubscription(listOf({}))).toBe(true);
    expect(isWholeStripeSubscription(listOf({ has_more: true }))).toBe(false);
    expect(isWholeStripeSubscription(listOf({ has_more: false, total_count: 2 }))).toBe(false);
  });

  it.each([
    ['nothing', null, ['the object']],
    ['another object', { ...aStripeSubscription(), object: 'invoice' }, ['object']],
    ['no customer and no status', { ...aStripeSubscription(), customer: null, status: undefined }, ['customer', 'status']],
    ['an item without a price', aStripeSubscription({ items: { data: [{ id: 'si_1' }] } }), ['items.data.price']],
  ])('is refused with its fields, not its values, when it is %s', (_, object, fields) => {
    expect(() => fromStripeSubscription(object)).toThrow(new UnreadableStripeObject('subscription', fields));
  });
});
