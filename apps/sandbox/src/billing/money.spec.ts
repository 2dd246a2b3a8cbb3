import { describe, expect, it } from '@jest/globals';
import { amountText, feeOf, share } from './money.js';

describe('amounts', () => {
  it.each([
    [950, 58],
    [1000, 59],
    [1900, 85],
    [2250, 95],
    [2500, 103],
    [2900, 114],
    [22500, 683],
    [25000, 755],
  ])('Q1: a charge of %i costs %i', (amount, fee) => {
    expect(feeOf(amount)).toBe(fee);
  });

  it('L1: what is left of a period is its share, rounded half up', () => {
    expect(share(2500, 2_591_996, 2_592_000)).toBe(2500);
    expect(share(2500, 1, 2)).toBe(1250);
    expect(share(25, 1, 2)).toBe(13);
    expect(share(-25, 1, 2)).toBe(-13);
    expect(share(999_999_999_999, 31_535_999, 31_536_000)).toBe(999_999_968_289);
  });

  it('J11: an amount is written with the digits of its currency', () => {
    expect([amountText(2500, 'usd'), amountText(2500, 'jpy'), amountText(2500, 'kwd')].map((text) => text.replace(/\s/, ' '))).toEqual([
      '$25.00',
      '¥2,500',
      'KWD 2.500',
    ]);
  });
});
