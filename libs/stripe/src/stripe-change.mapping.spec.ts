import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from './json.js';
import { previousOfStripeCustomer, previousOfStripeSubscription } from './previous.mapping.js';
import { fromCustomerHint, fromSubscriptionHint, objectOfEvent } from './stripe-change.mapping.js';
import {
  aStripeCustomer,
  aStripeItem,
  anOldStripeSubscription,
  aStripeSubscription,
  PERIOD_END,
  PERIOD_START,
} from './testing/stripe-objects.js';

describe('the state before a change', () => {
  it('is told in our fields, and only in those that the change replaced', () => {
    const previous = previousOfStripeSubscription(aStripeSubscription(), {
      status: 'trialing',
      trial_end: PERIOD_START,
      latest_invoice: 'in_0',
    });
    expect(previous).toEqual({ status: 'trialing', trialEndAt: '2026-11-01T00:00:00.000Z' });
  });

  it('is empty when nothing that we keep has changed', () => {
    expect(previousOfStripeSubscription(aStripeSubscription(), { latest_invoice: null, metadata: { note: 'old' } })).toEqual({});
    expect(previousOfStripeCustomer(aStripeCustomer(), { phone: '+1', balance: 5 })).toEqual({});
  });

  it('has nested objects with the changed keys only, laid over the rest', () => {
    const now = aStripeSubscription({ pause_collection: { behavior: 'void', resumes_at: PERIOD_END } });
    expect(previousOfStripeSubscription(now, { pause_collection: { resumes_at: PERIOD_START } })).toEqual({
      pausedCollection: { behavior: 'void', resumesAt: '2026-11-01T00:00:00.000Z' },
    });
    expect(previousOfStripeSubscription(now, { pause_collection: null })).toEqual({ pausedCollection: null });
    const resumed = aStripeSubscription();
    expect(previousOfStripeSubscription(resumed, { pause_collection: { behavior: 'void', resumes_at: null } })).toEqual({
      pausedCollection: { behavior: 'void', resumesAt: null },
    });
  });

  it('has our metadata by key: null for one that was not there', () => {
    const now = aStripeSubscription({ metadata: { turnpike_a: '2', turnpike_b: '1' } });
    expect(previousOfStripeSubscription(now, { metadata: { turnpike_a: '1', turnpike_b: null } })).toEqual({
      metadata: { turnpike_a: '1' },
    });
  });

  it('has arrays whole', () => {
    const previous = previousOfStripeSubscription(aStripeSubscription(), { items: { data: [aStripeItem({ quantity: 1 })] } });
    expect(Object.keys(previous ?? {})).toEqual(['items']);
    expect(previous?.items).toEqual([expect.objectContaining({ itemId: 'si_1', quantity: 1 })]);
  });

  it('has the old period on the subscription and on the items that took it from there', () => {
    const previous = previousOfStripeSubscription(anOldStripeSubscription(), { current_period_end: PERIOD_START });
    expect(Object.keys(previous ?? {}).sort()).toEqual(['currentPeriodEndAt', 'items']);
  });

  it('is not told when no version of ours can read it', () => {
    expect(previousOfStripeSubscription(aStripeSubscription(), { status: 'withdrawn' })).toBeNull();
  });
});

describe('an event type', () => {
  it.each([
    ['customer.created', 'customer'],
    ['customer.updated', 'customer'],
    ['customer.deleted', 'customer'],
    ['customer.subscription.created', 'subscription'],
    ['customer.subscription.updated', 'subscription'],
    ['customer.subscription.deleted', 'subscription'],
    ['customer.subscription.paused', 'subscription'],
    ['customer.subscription.resumed', 'subscription'],
    ['customer.subscription.trial_will_end', 'subscription'],
    ['customer.subscription.pending_update_applied', 'subscription'],
    ['customer.subscription.pending_update_expired', 'subscription'],
    ['customer.source.created', 'not ours'],
    ['customer.discount.created', 'not ours'],
    ['customer.tax_id.created', 'not ours'],
    ['customer_cash_balance_transaction.created', 'not ours'],
    ['subscription_schedule.updated', 'not ours'],
    ['invoice.paid', 'not ours'],
  ])('%s tells of: %s', (type, object) => {
    expect(objectOfEvent(type)).toBe(object);
  });
});

describe('a hint', () => {
  const hintOf = (type: string, object: JsonObject | null, previousAttributes: JsonObject | null = null) => ({
    eventId: 'evt_1',
    type,
    created: 100,
    object,
    previousAttributes,
  });

  it('of an update brings the state and what it replaced', () => {
    const change = fromSubscriptionHint(hintOf('customer.subscription.updated', aStripeSubscription(), { status: 'trialing' }));
    expect(change).toMatchObject({ eventId: 'evt_1', created: 100, deleted: false, complete: true, previous: { status: 'trialing' } });
    expect(change.payload?.status).toBe('active');
  });

  it('of anything else brings no state before', () => {
    expect(fromSubscriptionHint(hintOf('customer.subscription.trial_will_end', aStripeSubscription())).previous).toBeNull();
    expect(fromCustomerHint(hintOf('customer.updated', aStripeCustomer(), { name: null })).previous).toEqual({ name: null });
  });

  it('of a deleted subscription keeps its last state; of a deleted customer what was known stays', () => {
    const subscription = fromSubscriptionHint(hintOf('customer.subscription.deleted', aStripeSubscription({ status: 'canceled' })));
    expect(subscription).toMatchObject({ deleted: true, payload: { status: 'canceled' } });
    const customer = fromCustomerHint(hintOf('customer.deleted', { id: 'cus_1', object: 'customer', deleted: true }));
    expect(customer).toMatchObject({ deleted: true, payload: null });
    expect(customer.unmappable).toBeUndefined();
  });

  it('without its object, with a cut list or with a word that is new says so', () => {
    expect(fromSubscriptionHint(hintOf('customer.subscription.updated', null))).toMatchObject({ payload: null });
    const cut = aStripeSubscription({ items: { data: [aStripeItem()], has_more: true } });
    expect(fromSubscriptionHint(hintOf('customer.subscription.updated', cut)).complete).toBe(false);
    const strange = aStripeSubscription({ status: 'resting' });
    expect(fromSubscriptionHint(hintOf('customer.subscription.updated', strange))).toMatchObject({ payload: null, unmappable: true });
  });
});
