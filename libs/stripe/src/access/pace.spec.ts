import { describe, expect, it } from '@jest/globals';
import { Pace } from './pace.js';

/** Starts as soon as it may, but looks at the clock only so often and so late. */
function starts(rateAt: (now: number) => number, forMs: number, lateBy: () => number): number[] {
  const pace = new Pace();
  const all: number[] = [];
  for (let now = 1_000_000; now < 1_000_000 + forMs;) {
    const next = pace.nextStart(rateAt(now), now);
    if (next > now) {
      now = next + lateBy();
      continue;
    }
    pace.started(rateAt(now), now);
    all.push(now);
  }
  return all;
}

const mostIn = (all: readonly number[], ms: number) =>
  Math.max(...all.map((from) => all.filter((at) => at >= from && at < from + ms).length));

describe('a pace', () => {
  it.each([1, 3, 24, 96])('of %i a second is never more in any second, and little less', (rate) => {
    for (const lateBy of [() => 0, () => 3, () => Math.random() * 40]) {
      const all = starts(() => rate, 20_000, lateBy);
      expect(mostIn(all, 1_000)).toBeLessThanOrEqual(rate);
      expect(all.length).toBeGreaterThan(20 * rate * 0.9);
    }
  });

  it('that falls is kept at once: what was started before counts', () => {
    const all = starts(
      (now) => (now < 1_005_000 ? 24 : 6),
      10_000,
      () => 0,
    );
    expect(
      mostIn(
        all.filter((at) => at >= 1_005_000),
        1_000,
      ),
    ).toBeLessThanOrEqual(6);
    expect(all.some((at) => at > 1_005_000 && at < 1_005_700)).toBe(false);
  });

  it('that rises does not wait for what the lower one had in mind', () => {
    const all = starts(
      (now) => (now < 1_000_100 ? 1 : 20),
      3_000,
      () => 0,
    );
    expect(all.length).toBeGreaterThan(30);
  });
});
