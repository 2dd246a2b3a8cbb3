import { describe, expect, it } from '@jest/globals';
import { accessMovedOf, canceledOf, isStillNews, paymentFailedOf, trialEndingOf, trialReminderDueAt } from './news.rules.js';
import { anAccess, anInvoice, aSubscription } from './testing/facts.js';

const trialEndsAt = new Date('2026-12-05T09:00:00Z');
const trial = { id: 'subn_1', status: 'trialing' as const, trialEndsAt };

describe('a trial that ends', () => {
  it('is told of from three days before until it is over', () => {
    expect(trialReminderDueAt(trial)?.toISOString()).toBe('2026-12-02T09:00:00.000Z');
    expect(trialEndingOf(trial, new Date('2026-12-02T08:59:59Z'))).toBeNull();
    expect(trialEndingOf(trial, new Date('2026-12-02T09:00:00Z'))).not.toBeNull();
    expect(trialEndingOf(trial, new Date('2026-12-05T08:59:59Z'))).not.toBeNull();
    expect(trialEndingOf(trial, trialEndsAt)).toBeNull();
  });

  it('is told of again when it was prolonged, and not when it was only heard of again', () => {
    const now = new Date('2026-12-04T00:00:00Z');
    const prolonged = { ...trial, trialEndsAt: new Date('2026-12-06T09:00:00Z') };
    expect(trialEndingOf(trial, now)?.cause).toBe(trialEndingOf(trial, new Date('2026-12-05T00:00:00Z'))?.cause);
    expect(trialEndingOf(prolonged, now)?.cause).not.toBe(trialEndingOf(trial, now)?.cause);
  });

  it.each(['active', 'canceled', 'past_due'] as const)('is not told of a subscription that is %s', (status) => {
    expect(trialEndingOf({ ...trial, status }, new Date('2026-12-04T00:00:00Z'))).toBeNull();
  });
});

describe('a payment that failed', () => {
  it('is told of once for each attempt', () => {
    const first = paymentFailedOf(anInvoice({ attemptCount: 1 }));
    expect(first).toMatchObject({
      cause: 'i_1/payment-failed/1',
      happening: { amount: 4900, currency: 'usd', declineCode: 'insufficient_funds' },
    });
    expect(paymentFailedOf(anInvoice({ attemptCount: 2 }))?.cause).not.toBe(first?.cause);
  });

  it('is not told of when it was paid since, or given up', () => {
    expect(paymentFailedOf(anInvoice({ status: 'paid', lastFailure: null }))).toBeNull();
    expect(paymentFailedOf(anInvoice({ status: 'void' }))).toBeNull();
  });
});

describe('an end', () => {
  it('is told of once for each subscription', () => {
    const ended = aSubscription({ status: 'canceled', endedAt: '2026-12-05T09:00:00Z' });
    expect(canceledOf(ended)).toMatchObject({ cause: 'subn_1/canceled', at: trialEndsAt });
    expect(canceledOf(aSubscription({ cancelAt: '2026-12-05T09:00:00Z' }))).toBeNull();
  });

  it('that the customer chose is not told of once more as a loss', () => {
    const move = { kind: 'ended', from: 'full', to: 'free', reason: 'canceled', at: '2026-12-05T09:00:00Z', cause: 'm1' } as const;
    expect(accessMovedOf(anAccess(move))).toBeNull();
    expect(accessMovedOf(anAccess({ ...move, reason: 'unpaid' }))).toMatchObject({
      happening: { scope: 'SUSPEND.ENTITLEMENT', left: 'free' },
    });
  });
});

describe('access', () => {
  const move = { from: 'full', to: 'core', reason: 'past_due', at: '2026-12-05T09:00:00Z', cause: 'm1' } as const;

  it('that was reduced is told of as what is left', () => {
    expect(accessMovedOf(anAccess({ ...move, kind: 'reduced' }))).toMatchObject({
      cause: 'm1',
      happening: { scope: 'SUSPEND.ENTITLEMENT', left: 'core' },
    });
  });

  it('that is there again is a welcome, and access that was granted first is none', () => {
    expect(accessMovedOf(anAccess({ ...move, kind: 'reactivated', to: 'full' }))?.happening.scope).toBe('REACTIVATE.SUBSCRIPTION');
    expect(accessMovedOf(anAccess({ ...move, kind: 'granted', to: 'full' }))).toBeNull();
    expect(accessMovedOf(anAccess(null))).toBeNull();
  });
});

describe('news', () => {
  it('is none after a week, so that a new installation does not write to everybody who ever left', () => {
    const now = new Date('2026-12-12T09:00:00Z');
    expect(isStillNews({ at: trialEndsAt }, null, now)).toBe(true);
    expect(isStillNews({ at: trialEndsAt }, null, new Date(now.getTime() + 1))).toBe(false);
  });

  it('on a test clock is news whatever the day is elsewhere', () => {
    expect(isStillNews({ at: new Date('2020-01-01T00:00:00Z') }, new Date('2020-03-01T00:00:00Z'), trialEndsAt)).toBe(true);
  });
});
