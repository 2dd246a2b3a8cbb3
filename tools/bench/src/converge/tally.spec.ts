import { describe, expect, it } from '@jest/globals';
import { Tally } from './tally.js';

describe('what Stripe counts', () => {
  it('is how many requests about one object are under way, over all accounts', () => {
    const tally = new Tally(Infinity);
    tally.begins(1, 'cus_1', 0);
    tally.begins(1, 'cus_2', 1);
    expect(tally.mostAtOnce).toBe(1);
    tally.begins(1, 'cus_1', 2);
    tally.ends('cus_1');
    tally.ends('cus_1');
    tally.begins(1, 'cus_1', 3);
    expect([tally.mostAtOnce, tally.timesAsked('cus_1'), tally.timesAsked('cus_3')]).toEqual([2, 3, 0]);
  });

  it('is how many an account asks in any second, and refuses what is too much', () => {
    const tally = new Tally(2);
    expect([0, 400, 800].map((at) => tally.begins(1, null, at))).toEqual([true, true, true]);
    expect(tally.begins(1, null, 810)).toBe(false);
    expect(tally.begins(2, null, 820)).toBe(true);
    expect([tally.mostPerSecond, tally.refused, tally.requests]).toEqual([4, 1, 5]);
  });
});
