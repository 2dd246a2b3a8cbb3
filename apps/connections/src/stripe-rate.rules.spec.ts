import { describe, expect, it } from '@jest/globals';
import type { StripeLaneRates } from '@turnpike/contracts-http';
import { grantFor, type HeldShare, NOTHING, rateNow } from './stripe-rate.rules.js';

const wants = (holder: string, wanted: Partial<StripeLaneRates>, granted: Partial<StripeLaneRates> = {}): HeldShare => ({
  holder,
  wanted: { ...NOTHING, ...wanted },
  granted: { ...NOTHING, ...granted },
});
const sumOf = ({ person, writes, sync, backfill }: StripeLaneRates) => person + writes + sync + backfill;

/** All ask one after the other, as often as it takes; at no moment may more be out than the limit. */
function settled(limit: number, shares: HeldShare[]): Record<string, StripeLaneRates> {
  let held = shares;
  for (let round = 0; round < 4; round += 1) {
    for (const { holder } of shares) {
      const me = held.find((one) => one.holder === holder)!;
      const granted = grantFor(
        limit,
        me,
        held.filter((one) => one.holder !== holder),
      );
      held = held.map((one) => (one.holder === holder ? { ...one, granted } : one));
      expect(held.reduce((sum, one) => sum + sumOf(one.granted), 0)).toBeLessThanOrEqual(limit);
    }
  }
  return Object.fromEntries(held.map(({ holder, granted }) => [holder, granted]));
}

describe('an account’s rate', () => {
  it('is nearly all of one’s who is alone; one request a second stays free for who comes next', () => {
    expect(settled(25, [wants('a', { backfill: 100 })])).toEqual({ a: { ...NOTHING, backfill: 24 } });
    expect(settled(100, [wants('a', { backfill: 1000 })])).toEqual({ a: { ...NOTHING, backfill: 96 } });
    expect(settled(1, [wants('a', { backfill: 5 })])).toEqual({ a: { ...NOTHING, backfill: 1 } });
  });

  it('goes to people first, then to writes, then to what is in doubt, then to what was there before us; none of them starves', () => {
    const both = settled(25, [wants('a', { backfill: 100, sync: 100 }), wants('b', { person: 100, writes: 100 })]);
    expect(both).toEqual({ a: { ...NOTHING, sync: 1, backfill: 1 }, b: { ...NOTHING, person: 22, writes: 1 } });
    expect(settled(25, [wants('a', { backfill: 100 }), wants('b', { sync: 8 })])).toEqual({
      a: { ...NOTHING, backfill: 16 },
      b: { ...NOTHING, sync: 8 },
    });
  });

  it('is shared evenly by those who want as much', () => {
    const three = settled(25, [wants('a', { sync: 50 }), wants('b', { sync: 50 }), wants('c', { sync: 2 })]);
    expect(three).toEqual({ a: { ...NOTHING, sync: 11 }, b: { ...NOTHING, sync: 11 }, c: { ...NOTHING, sync: 2 } });
  });

  it('has one free for a person at any time, however many that nobody waits for share the rest', () => {
    const large = wants('a', { backfill: 100 }, { backfill: 24 });
    expect(grantFor(25, wants('b', { sync: 10 }), [large])).toEqual(NOTHING);
    expect(grantFor(25, wants('c', { person: 10 }), [large, wants('b', { sync: 10 })])).toEqual({ ...NOTHING, person: 1 });
  });

  it('is taken from nobody before he asks again: who comes gets what is free, and the rest a second later', () => {
    const large = wants('a', { backfill: 100 }, { backfill: 20 });
    expect(grantFor(25, wants('b', { sync: 10 }), [large])).toEqual({ ...NOTHING, sync: 4 });
    expect(settled(25, [large, wants('b', { sync: 10 })])['b']).toEqual({ ...NOTHING, sync: 10 });
  });

  it('is never given out twice, whoever asks in whatever order', () => {
    const many = Array.from({ length: 40 }, (_, at) => wants(`h${at}`, { sync: at % 7, backfill: at % 5, person: at % 3 }));
    settled(25, many);
    settled(3, many);
  });
});

describe('a rate that Stripe refuses', () => {
  const at = 1_000_000;

  it('is lowered by what was refused, and halved where much was', () => {
    expect(rateNow(25, null, { answered: 25, refused: 1, now: at }).perSecond).toBe(24);
    expect(rateNow(25, null, { answered: 25, refused: 10, now: at }).perSecond).toBe(12);
    expect(rateNow(1, null, { answered: 5, refused: 5, now: at }).perSecond).toBe(1);
  });

  it('comes back within ten seconds, and is as before then', () => {
    const { lowered } = rateNow(100, null, { answered: 100, refused: 50, now: at });
    expect(rateNow(100, lowered, { answered: 0, refused: 0, now: at }).perSecond).toBe(50);
    expect(rateNow(100, lowered, { answered: 0, refused: 0, now: at + 2_000 }).perSecond).toBe(70);
    expect(rateNow(100, lowered, { answered: 0, refused: 0, now: at + 10_000 })).toEqual({ perSecond: 100, lowered: null });
  });

  it('sinks no deeper for what hits two of a hundred at random', () => {
    let lowered = null as ReturnType<typeof rateNow>['lowered'];
    let sum = 0;
    for (let second = 0; second < 100; second += 1) {
      const now = rateNow(25, lowered, { answered: 25, refused: second % 2, now: at + second * 1000 });
      lowered = now.lowered;
      sum += now.perSecond;
    }
    expect(sum / 100).toBeGreaterThan(23.7);
  });
});
