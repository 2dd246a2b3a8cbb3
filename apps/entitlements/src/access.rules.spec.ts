import { describe, expect, it } from '@jest/globals';
import { SubscriptionStatus, type AccessPolicy } from '@turnpike/contracts-events';
import fc from 'fast-check';
import { accessOf, nextChangeAfter, stretchAt } from './access.rules.js';
import type { PlanVersionFacts } from './features.rules.js';
import { RANK, type SubscriptionFacts } from './grants.rules.js';
import { aPlan, aSubscription, EXPORT, FREE, POLICY, SEATS } from './testing/facts.js';

const PRO = aPlan();

function access(...subscriptions: SubscriptionFacts[]) {
  return accessOf({ isDeleted: false, subscriptions, planVersions: [PRO, FREE] });
}

function words(subscriptions: SubscriptionFacts[], ...planVersions: PlanVersionFacts[]) {
  return accessOf({ isDeleted: false, subscriptions, planVersions }).map(
    ({ from, level, reason }) => `${from ?? 'always'}: ${level}, ${reason}`,
  );
}

describe('access', () => {
  it('is full while a subscription is active or on trial', () => {
    expect(access(aSubscription())).toMatchObject([
      { from: null, until: null, level: 'full', reason: 'active', features: [EXPORT, SEATS] },
    ]);
    expect(access(aSubscription({ status: 'trialing' }))).toMatchObject([{ level: 'full', reason: 'trialing' }]);
  });

  it('does not end by itself when the trial does: Stripe decides within the hour and says so', () => {
    expect(words([aSubscription({ status: 'trialing', trialEndsAt: '2026-11-15T00:00:00.000Z' })], PRO)).toEqual([
      'always: full, trialing',
    ]);
  });

  it('goes on in full for seven days of 24 hours after a payment failed, then only for what is tagged core', () => {
    const stretches = access(aSubscription({ status: 'past_due', statusSince: '2026-11-01T12:00:00.000Z' }));
    const before = stretchAt(stretches, new Date('2026-11-08T11:59:59.999Z'));
    const after = stretchAt(stretches, new Date('2026-11-08T12:00:00.000Z'));
    expect(before).toMatchObject({ level: 'full', reason: 'past_due_in_grace', features: [EXPORT, SEATS] });
    expect(after).toMatchObject({ level: 'core', reason: 'past_due', features: [SEATS] });
    expect(nextChangeAfter(stretches, new Date('2026-11-02T00:00:00.000Z'))).toEqual(new Date('2026-11-08T12:00:00.000Z'));
  });

  it('is cut at once where the policy has no grace, and to nothing where it says so', () => {
    const strict = aPlan({ accessPolicy: { ...POLICY, pastDue: { graceDays: 0, then: 'none' } } });
    const stretches = accessOf({ isDeleted: false, subscriptions: [aSubscription({ status: 'past_due' })], planVersions: [strict, FREE] });
    expect(stretchAt(stretches, new Date('2026-11-01T00:00:00.000Z'))).toMatchObject({ level: 'none', features: [], sources: [] });
  });

  it('is core for an unpaid subscription, then the free set', () => {
    expect(words([aSubscription({ status: 'unpaid' })], PRO, FREE)).toEqual([
      'always: core, unpaid',
      '2026-12-01T00:00:00.000Z: free, unpaid',
    ]);
  });

  it.each(['canceled', 'paused', 'expired', 'payment_pending', 'not_started'] as const)(
    'is the free set for a subscription that is %s',
    (status) => {
      expect(access(aSubscription({ status }))).toMatchObject([
        { level: 'free', reason: status, features: FREE.features, sources: [{ kind: 'free-plan', planVersionId: 'pv_free' }] },
      ]);
    },
  );

  it('ends at an agreed end with no event in between', () => {
    expect(words([aSubscription({ cancelAt: '2026-12-01T00:00:00.000Z' })], PRO)).toEqual([
      'always: full, active',
      '2026-12-01T00:00:00.000Z: free, canceled',
    ]);
  });

  it('does not rise at an agreed end, where less than the free set was left', () => {
    const strict = aPlan({ accessPolicy: { ...POLICY, pastDue: { graceDays: 1, then: 'none' } } });
    expect(words([aSubscription({ status: 'past_due', cancelAt: '2026-12-01T00:00:00.000Z' })], strict, FREE)).toEqual([
      'always: full, past_due_in_grace',
      '2026-11-02T00:00:00.000Z: none, past_due',
      '2026-12-01T00:00:00.000Z: none, canceled',
    ]);
  });

  it('of members who do not handle billing goes on after a trial that ended unpaid (S15)', () => {
    const ended = aSubscription({
      status: 'canceled',
      statusSince: '2026-11-15T00:00:10.000Z',
      trialEndsAt: '2026-11-15T00:00:00.000Z',
      endedAt: '2026-11-15T00:00:10.000Z',
    });
    const stretches = access(ended);
    expect(stretchAt(stretches, new Date('2026-11-17T23:59:59.999Z'))).toMatchObject({
      level: 'free',
      reason: 'trial_ended',
      nonBilling: { level: 'full', reason: 'trial_ended_in_grace', features: [EXPORT, SEATS] },
    });
    expect(stretchAt(stretches, new Date('2026-11-18T00:00:00.000Z'))).toMatchObject({ level: 'free', nonBilling: null });
  });

  it('has no such grace after a trial that was paid, or where nobody says whether it was', () => {
    const canceled = { status: 'canceled', trialEndsAt: '2026-11-15T00:00:00.000Z', endedAt: '2026-11-16T00:00:00.000Z' } as const;
    for (const trialConvertedAt of ['2026-11-15T00:00:00.000Z', undefined])
      expect(access(aSubscription({ ...canceled, trialConvertedAt }))).toMatchObject([{ reason: 'canceled', nonBilling: null }]);
  });

  it('is the best of several subscriptions, feature by feature, and names each of them', () => {
    const team = aPlan({
      planVersionId: 'pv_team',
      planKey: 'team',
      monthlyAmount: 9900,
      prices: [{ connectionId: 'con_1', stripeId: 'price_team' }],
      features: [
        { key: 'seats', value: 50, isCore: true },
        { key: 'support', value: 'phone', isCore: false },
      ],
    });
    const pro = aPlan({ features: [EXPORT, SEATS, { key: 'support', value: 'chat', isCore: false }] });
    const subscriptions = [aSubscription(), aSubscription({ subscriptionId: 's_2', priceIds: ['price_team'] })];
    const [stretch] = accessOf({ isDeleted: false, subscriptions, planVersions: [pro, team, FREE] });
    expect(stretch).toMatchObject({
      features: [EXPORT, { key: 'seats', value: 50 }, { key: 'support', value: 'phone' }],
      sources: [{ subscriptionId: 's_2' }, { subscriptionId: 's_1' }],
    });
  });

  it('is not lost by an old subscription that was canceled', () => {
    const old = aSubscription({ subscriptionId: 's_0', status: 'canceled', statusSince: '2026-11-20T00:00:00.000Z' });
    expect(access(old, aSubscription())).toMatchObject([{ level: 'full', reason: 'active', sources: [{ subscriptionId: 's_1' }] }]);
  });

  it('is nothing bought for a price that no plan is known for, and says so', () => {
    expect(words([aSubscription({ priceIds: ['price_other'] })], PRO, FREE)).toEqual(['always: free, price_unknown']);
    expect(words([aSubscription({ connectionId: 'con_2' })], PRO, FREE)).toEqual(['always: free, price_unknown']);
  });

  it('is the free set without any subscription, of the free plan that is offered now', () => {
    const old = { ...FREE, planVersionId: 'pv_old', isOffered: false, features: [EXPORT] };
    expect(accessOf({ isDeleted: false, subscriptions: [], planVersions: [old, FREE] })).toMatchObject([
      { level: 'free', reason: 'no_subscription', features: FREE.features, sources: [{ planVersionId: 'pv_free' }] },
    ]);
  });

  it('stays as it first was while nobody knows what time it is on the clock of the customer', () => {
    expect(stretchAt(access(aSubscription({ status: 'past_due' })), null)).toMatchObject({ level: 'full' });
  });
});

const DAY = 24 * 60 * 60 * 1000;
const instants = fc.integer({ min: 0, max: 60 }).map((day) => new Date(Date.UTC(2026, 10, 1) + (day * DAY) / 2).toISOString());
const maybe = fc.option(instants, { nil: null });
const policies: fc.Arbitrary<AccessPolicy> = fc.record({
  pastDue: fc.record({ graceDays: fc.nat(20), then: fc.constantFrom('full' as const, 'core' as const, 'none' as const) }),
  unpaid: fc.record({ coreDays: fc.nat(20) }),
  trialEnd: fc.record({ graceDays: fc.nat(20) }),
});
const plans = fc
  .array(
    fc.record({
      policy: policies,
      seats: fc.nat(100),
      isCore: fc.boolean(),
      amount: fc.nat(3),
      pricingType: fc.constantFrom('free' as const, 'paid' as const),
    }),
    { maxLength: 3 },
  )
  .map((drawn) =>
    drawn.map(({ policy, seats, isCore, amount, pricingType }, index) =>
      aPlan({
        planVersionId: `pv_${index}`,
        pricingType,
        accessPolicy: policy,
        monthlyAmount: amount,
        prices: [{ connectionId: 'con_1', stripeId: `price_${index}` }],
        features: [{ key: 'seats', value: seats, isCore }, ...(isCore ? [] : [EXPORT])],
      }),
    ),
  );
const subscriptionsDrawn = fc
  .array(
    fc.record({
      status: fc.constantFrom(...SubscriptionStatus.options),
      statusSince: fc.option(instants, { nil: undefined }),
      trialEndsAt: maybe,
      trialConvertedAt: fc.option(maybe, { nil: undefined }),
      cancelAt: maybe,
      endedAt: maybe,
      deletedAt: fc.option(instants, { nil: null, freq: 9 }),
      price: fc.nat(3),
    }),
    { maxLength: 4 },
  )
  .map((drawn) =>
    drawn.map(({ price, ...one }, index) => aSubscription({ ...one, subscriptionId: `s_${index}`, priceIds: [`price_${price}`] })),
  );

describe('whatever is known of a customer, access', () => {
  it('covers all time without a hole or an overlap', () => {
    fc.assert(
      fc.property(subscriptionsDrawn, plans, (subscriptions, planVersions) => {
        const stretches = accessOf({ isDeleted: false, subscriptions, planVersions });
        expect(stretches[0]?.from).toBeNull();
        expect(stretches.at(-1)?.until).toBeNull();
        stretches.slice(1).forEach((stretch, index) => {
          expect(stretch.from).toBe(stretches[index]?.until);
          expect(stretch.until === null || stretch.until > (stretch.from ?? '')).toBe(true);
        });
      }),
    );
  });

  it('never rises by the clock alone', () => {
    fc.assert(
      fc.property(subscriptionsDrawn, plans, (subscriptions, planVersions) => {
        const stretches = accessOf({ isDeleted: false, subscriptions, planVersions });
        stretches.slice(1).forEach((after, index) => {
          const before = stretches[index]!;
          expect(RANK[after.level]).toBeLessThanOrEqual(RANK[before.level]);
          const billing = new Map(before.features.map(({ key, value }) => [key, Number(value)]));
          for (const { key, value } of after.features) expect(Number(value)).toBeLessThanOrEqual(billing.get(key) ?? 0);
          const others = new Map((before.nonBilling ?? before).features.map(({ key, value }) => [key, Number(value)]));
          for (const { key, value } of (after.nonBilling ?? after).features)
            expect(Number(value)).toBeLessThanOrEqual(others.get(key) ?? 0);
        });
      }),
    );
  });

  it('gives members who do not handle billing no less than the others', () => {
    fc.assert(
      fc.property(subscriptionsDrawn, plans, (subscriptions, planVersions) => {
        for (const { level, nonBilling } of accessOf({ isDeleted: false, subscriptions, planVersions }))
          expect(RANK[nonBilling?.level ?? level]).toBeGreaterThanOrEqual(RANK[level]);
      }),
    );
  });

  it('names two subscriptions of one plan version in the same order, whichever is known first', () => {
    const both = ['s_1', 's_2'].map((subscriptionId) => aSubscription({ subscriptionId }));
    const named = (subscriptions: typeof both) => accessOf({ isDeleted: false, subscriptions, planVersions: [PRO] })[0]?.sources;
    expect(named(both.toReversed())).toEqual(named(both));
    expect(named(both)).toMatchObject([{ subscriptionId: 's_1' }, { subscriptionId: 's_2' }]);
  });

  it('is the same in whatever order the facts are kept', () => {
    fc.assert(
      fc.property(subscriptionsDrawn, plans, fc.infiniteStream(fc.nat()), (subscriptions, planVersions, keys) => {
        const shuffled = <T>(list: readonly T[]) =>
          list
            .map((value) => ({ value, key: keys.next().value }))
            .sort((a, b) => a.key - b.key)
            .map(({ value }) => value);
        expect(accessOf({ isDeleted: false, subscriptions: shuffled(subscriptions), planVersions: shuffled(planVersions) })).toEqual(
          accessOf({ isDeleted: false, subscriptions, planVersions }),
        );
      }),
    );
  });
});
