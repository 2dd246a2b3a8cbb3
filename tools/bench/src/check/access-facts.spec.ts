import { describe, expect, it } from '@jest/globals';
import { AccessChanged } from '@turnpike/contracts-events';
import { accessOf, customerId, featureKey, planOf, valueOf, wrongIn } from './access-facts.js';
import { zipf } from './zipf.js';

const answer = (at: number, n: number, feature: number) => ({
  customerId: customerId(at),
  feature: featureKey(feature),
  value: valueOf(planOf(at, n), feature),
  hasAccess: valueOf(planOf(at, n), feature) !== false,
  isStale: false,
  version: { epoch: 1, n },
});

describe('the access that the check benchmark asks about', () => {
  it('is what its contract says, with fifty features', () => {
    const told = AccessChanged.data.parse(accessOf(42, 7));
    expect(told.stretches[0]?.features).toHaveLength(50);
  });

  it('makes every answer one that can be told from a wrong one', () => {
    expect(wrongIn(answer(42, 7, 3), 42, 3)).toBeNull();
    expect(wrongIn({ ...answer(42, 7, 3), version: { epoch: 1, n: 8 } }, 42, 3)).toContain('value');
    expect(wrongIn(answer(42, 7, 3), 42, 4)).toContain('feature');
    expect(wrongIn({ ...answer(42, 7, 3), isStale: true }, 42, 3)).toContain('isStale');
    expect(wrongIn('nothing', 42, 3)).not.toBeNull();
  });
});

describe('who is asked about', () => {
  it('is the first customer twice as often as the second, and every one now and then', () => {
    const draw = zipf(100);
    const counts = new Array<number>(100).fill(0);
    for (let step = 0; step < 100_000; step++) {
      const at = draw((step + 0.5) / 100_000);
      counts[at] = (counts[at] ?? 0) + 1;
    }
    expect((counts[0] ?? 0) / (counts[1] ?? 1)).toBeCloseTo(2, 1);
    expect(Math.min(...counts)).toBeGreaterThan(0);
  });
});
