import { describe, expect, it } from '@jest/globals';
import { type StatusTold, statusTimes } from './subscription-times.rules.js';

const day = (number: number) => new Date(Date.UTC(2026, 10, number));

function told(status: StatusTold['status'], on: number, change: Partial<StatusTold> = {}): StatusTold {
  const times = { enteredAt: null, createdAt: day(1), trialStartsAt: null, trialEndsAt: null, endedAt: null };
  return { status, toldAt: day(on), heardAt: null, ...times, ...change };
}
const onTrial = { trialStartsAt: day(1), trialEndsAt: day(8) };

describe('since when a subscription has its status', () => {
  it('is the day on which the status was told, and stays it when it is told again, sooner or later', () => {
    const first = statusTimes(statusTimes(null, told('active', 1)), told('past_due', 5));
    expect(first.statusSince).toEqual(day(5));
    expect(statusTimes(first, told('past_due', 9)).statusSince).toEqual(day(5));
    expect(statusTimes(first, told('past_due', 2)).statusSince).toEqual(day(5));
  });

  it('is the day of the event that told it first, even if only a fetch could show it', () => {
    const active = statusTimes(null, told('active', 1));
    expect(statusTimes(active, told('past_due', 9, { heardAt: day(7) })).statusSince).toEqual(day(7));
  });

  it('is what the subscription itself says, where it does', () => {
    expect(statusTimes(null, told('canceled', 9, { endedAt: day(6) })).statusSince).toEqual(day(6));
    expect(statusTimes(null, told('trialing', 3, onTrial)).statusSince).toEqual(day(1));
  });

  it('is later when an event tells that it was entered later, and never earlier for that', () => {
    const early = statusTimes(statusTimes(null, told('active', 1)), told('past_due', 2));
    const entered = (day_: number) => told('past_due', day_, { enteredAt: day(day_) });
    expect(statusTimes(early, entered(30)).statusSince).toEqual(day(30));
    expect(statusTimes(statusTimes(early, entered(30)), entered(5)).statusSince).toEqual(day(30));
  });

  it('begins anew with each change of status', () => {
    const paid = statusTimes(statusTimes(statusTimes(null, told('active', 1)), told('past_due', 5)), told('active', 6));
    expect(statusTimes(paid, told('past_due', 20)).statusSince).toEqual(day(20));
  });
});

describe('when a trial became a paid subscription', () => {
  const trialing = statusTimes(null, told('trialing', 1, onTrial));

  it('is nothing during the trial, and the first active day after it', () => {
    expect(trialing.trialConvertedAt).toBeNull();
    const active = statusTimes(trialing, told('active', 8, onTrial));
    expect(active.trialConvertedAt).toEqual(day(8));
    expect(statusTimes(active, told('past_due', 30, onTrial)).trialConvertedAt).toEqual(day(8));
  });

  it('is the day of the payment when the first one had failed', () => {
    const unpaid = statusTimes(trialing, told('past_due', 8, onTrial));
    expect(unpaid.trialConvertedAt).toBeNull();
    expect(statusTimes(unpaid, told('active', 10, onTrial)).trialConvertedAt).toEqual(day(10));
  });

  it('is as late as the event of the first payment says, when a fetch was dated too early', () => {
    const early = statusTimes(trialing, told('active', 2, onTrial));
    const entered = told('active', 8, { ...onTrial, enteredAt: day(8) });
    expect(statusTimes(early, entered)).toEqual({ status: 'active', statusSince: day(8), trialConvertedAt: day(8) });
    const later = told('active', 20, { ...onTrial, enteredAt: day(20) });
    expect(statusTimes(statusTimes(statusTimes(early, entered), told('past_due', 15, onTrial)), later).trialConvertedAt).toEqual(day(8));
  });

  it('is nothing when it was never paid, or when there was no trial', () => {
    expect(statusTimes(trialing, told('canceled', 8, { ...onTrial, endedAt: day(8) })).trialConvertedAt).toBeNull();
    expect(statusTimes(null, told('active', 1)).trialConvertedAt).toBeNull();
  });

  it('is its end when the subscription is met long after', () => {
    expect(statusTimes(null, told('active', 30, onTrial)).trialConvertedAt).toEqual(day(8));
  });

  it('is open again when a new trial is given', () => {
    const active = statusTimes(trialing, told('active', 8, onTrial));
    const again = { trialStartsAt: day(20), trialEndsAt: day(27) };
    expect(statusTimes(active, told('trialing', 20, again)).trialConvertedAt).toBeNull();
  });
});
