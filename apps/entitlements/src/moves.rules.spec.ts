import { describe, expect, it } from '@jest/globals';
import { accessOf, stretchAt } from './access.rules.js';
import type { SubscriptionFacts } from './grants.rules.js';
import { BEFORE_ANYTHING, moveOf } from './moves.rules.js';
import { aPlan, aSubscription, FREE } from './testing/facts.js';

const NOW = new Date('2026-11-21T00:00:00.000Z');

function intoAccessOf(subscription: Partial<SubscriptionFacts>, now = NOW) {
  return stretchAt(accessOf({ isDeleted: false, subscriptions: [aSubscription(subscription)], planVersions: [aPlan(), FREE] }), now);
}

const FULL = { level: 'full', hasHadAccess: true } as const;
const CORE = { level: 'core', hasHadAccess: true } as const;
const FREE_AGAIN = { level: 'free', hasHadAccess: true } as const;

describe('a move of access', () => {
  it('is "granted" the first time, by the moment it came', () => {
    expect(moveOf('c_1', BEFORE_ANYTHING, intoAccessOf({ status: 'trialing' }), NOW)).toEqual({
      kind: 'granted',
      from: 'free',
      to: 'full',
      reason: 'trialing',
      at: '2026-11-01T00:00:00.000Z',
      cause: 's_1/granted/trialing/2026-11-01T00:00:00.000Z',
    });
  });

  it('is none when a card is retried within full grace, or a trial becomes paid', () => {
    expect(moveOf('c_1', FULL, intoAccessOf({ status: 'active' }), NOW)).toBeNull();
    expect(moveOf('c_1', FULL, intoAccessOf({ status: 'past_due', statusSince: '2026-11-20T00:00:00.000Z' }), NOW)).toBeNull();
  });

  it('is "reduced" when the grace is over, at the moment it was over', () => {
    expect(moveOf('c_1', FULL, intoAccessOf({ status: 'past_due' }), NOW)).toMatchObject({
      kind: 'reduced',
      to: 'core',
      at: '2026-11-08T00:00:00.000Z',
    });
  });

  it('is "ended" when nothing bought is left', () => {
    expect(moveOf('c_1', CORE, intoAccessOf({ status: 'canceled' }), NOW)).toMatchObject({
      kind: 'ended',
      from: 'core',
      to: 'free',
      reason: 'canceled',
    });
  });

  it.each([
    ['a reduced past-due', CORE],
    ['an end', FREE_AGAIN],
  ])('is "reactivated" after %s, also by another subscription', (_, before) => {
    expect(moveOf('c_1', before, intoAccessOf({ subscriptionId: 's_9' }), NOW)).toMatchObject({ kind: 'reactivated', to: 'full' });
  });

  it('is none between two kinds of having bought nothing', () => {
    expect(moveOf('c_1', { level: 'none', hasHadAccess: true }, intoAccessOf({ status: 'canceled' }), NOW)).toBeNull();
  });

  it('has the same cause whenever it is worked out again', () => {
    const late = new Date('2027-01-01T00:00:00.000Z');
    const first = moveOf('c_1', FULL, intoAccessOf({ status: 'past_due' }), NOW);
    expect(moveOf('c_1', FULL, intoAccessOf({ status: 'past_due' }, late), late)).toEqual(first);
  });
});
