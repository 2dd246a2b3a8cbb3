import { describe, expect, it } from '@jest/globals';
import { backAfter, type Sample } from './pace.js';

/** 100 a second, but none between two moments; what gathered meanwhile comes at once, or never does. */
function samples(standsFrom: number, standsTo: number, perSecondAfter = 100): Sample[] {
  const list: Sample[] = [];
  let done = 0;
  for (let at = 0; at <= 12_000; at += 100) {
    list.push({ at, done });
    if (at < standsFrom) done += 10;
    else if (at >= standsTo) done += perSecondAfter / 10;
  }
  return list;
}

describe('the time until the rate is back', () => {
  it('is nothing when the fault was not felt', () => {
    expect(backAfter(samples(20_000, 20_000), 5_000, 100)).toBe(0);
  });

  it('lasts until a whole second brings the rate again', () => {
    const back = backAfter(samples(5_000, 7_000), 5_000, 100);
    expect(back).toBeGreaterThanOrEqual(1_900);
    expect(back).toBeLessThanOrEqual(2_100);
  });

  it('is unknown when it stays away, or comes back at a part of the rate', () => {
    expect(backAfter(samples(5_000, 20_000), 5_000, 100)).toBeNull();
    expect(backAfter(samples(5_000, 7_000, 90), 5_000, 100)).toBeNull();
  });
});
