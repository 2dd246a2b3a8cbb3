import { describe, expect, it } from '@jest/globals';
import { SubscriptionStatus } from '@turnpike/contracts-events';
import { afterEvent, fromSubscriptionHint, type JsonObject, type Known, type NormalisedSubscription, whatToDoWith } from '@turnpike/stripe';
import { fromKnownSubscription, type SubscriptionState } from './subscription.mapping.js';
import { anEvent, anItem, aSubscription, NOON } from './testing/stripe-events.js';

const at = (seconds: number) => new Date((NOON + seconds) * 1000);

function after(...events: ReturnType<typeof anEvent>[]): SubscriptionState {
  let known: Known<NormalisedSubscription> | null = null;
  for (const event of events) {
    const change = fromSubscriptionHint(event);
    known = afterEvent(known, change, whatToDoWith(change, known), NOON * 1000);
  }
  const state = known && fromKnownSubscription(known, known.tombstone ? at(500) : null);
  if (!state) throw new Error('Nothing is shown.');
  return state;
}

const created = (change: JsonObject) => anEvent('customer.subscription.created', aSubscription('sub_1', 'cus_1', change));

describe('a subscription as it is shown', () => {
  it.each([
    ['incomplete', 'payment_pending'],
    ['incomplete_expired', 'expired'],
    ['trialing', 'trialing'],
    ['active', 'active'],
    ['past_due', 'past_due'],
    ['unpaid', 'unpaid'],
    ['paused', 'paused'],
    ['canceled', 'canceled'],
  ])('that Stripe calls %s is %s', (theirs, ours) => {
    expect(after(created({ status: theirs })).status).toBe(ours);
    expect(SubscriptionStatus.options).toContain(ours);
  });

  it('spans the periods of its items', () => {
    const items = [
      anItem('si_1', { current_period_start: NOON, current_period_end: NOON + 10 }),
      anItem('si_2', { current_period_start: NOON - 5, current_period_end: NOON + 90 }),
    ];
    const state = after(created({ items: { object: 'list', data: items } }));

    expect([state.currentPeriodStartsAt, state.currentPeriodEndsAt]).toEqual([at(-5), at(90)]);
    expect(state.items.map((item) => item.currentPeriodEndsAt)).toEqual([at(10).toISOString(), at(90).toISOString()]);
  });

  it('ends when its period does, if that is what was agreed and no date was given', () => {
    expect(after(created({ cancel_at_period_end: true })).cancelAt).toEqual(at(30 * 86_400));
    expect(after(created({ cancel_at: NOON + 7, cancel_at_period_end: true })).cancelAt).toEqual(at(7));
  });

  it('has no end before it once it has ended', () => {
    const ended = created({
      status: 'canceled',
      cancel_at: NOON + 7,
      ended_at: NOON + 7,
      cancellation_details: { reason: 'payment_disputed' },
    });
    expect(after(ended)).toMatchObject({ cancelAt: null, endedAt: at(7), cancelReason: 'billing_provider' });
  });

  it('is canceled by a deletion that shows nothing of it', () => {
    const gone = anEvent('customer.subscription.deleted', aSubscription('sub_1', 'cus_1'), 500, { object: null });
    expect(after(created({}), gone)).toMatchObject({ status: 'canceled', endedAt: at(500), deletedAt: at(500) });
  });

  it('shows what its plan was in the years before items', () => {
    const plan = { id: 'gold', currency: 'usd', product: 'prod_gold', amount: 500, interval: 'month', interval_count: 1 };
    expect(after(created({ items: null, plan, quantity: 3 })).items).toMatchObject([
      { stripeId: 'gold', priceId: 'gold', productId: 'prod_gold', quantity: 3 },
    ]);
  });
});
