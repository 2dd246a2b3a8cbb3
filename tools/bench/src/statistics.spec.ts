import { describe, expect, it } from '@jest/globals';
import { areApart, percentileOf, spreadOf } from './statistics.js';

describe('the statistics of a benchmark', () => {
  it('tells the middle run and the range', () => {
    expect(spreadOf([30, 10, 20])).toEqual({ median: 20, least: 10, most: 30 });
  });

  it('takes the middle between the two middle runs of an even number', () => {
    expect(spreadOf([40, 10, 20, 30]).median).toBe(25);
  });

  it('sorts by size, not by spelling', () => {
    expect(spreadOf([9, 100, 20])).toEqual({ median: 20, least: 9, most: 100 });
  });

  it('refuses to summarise nothing', () => {
    expect(() => spreadOf([])).toThrow('no median');
    expect(() => percentileOf([], 0.5)).toThrow('no percentile');
  });

  it('finds a percentile among the values themselves', () => {
    const values = Array.from({ length: 100 }, (_, at) => 100 - at);
    expect([percentileOf(values, 0.5), percentileOf(values, 0.99), percentileOf(values, 1), percentileOf([7], 0.99)]).toEqual([
      50, 99, 100, 7,
    ]);
  });

  it('calls two things different only where their ranges do not touch', () => {
    const slow = spreadOf([1, 2, 3]);
    expect(areApart(slow, spreadOf([4, 5]))).toBe(true);
    expect(areApart(spreadOf([4, 5]), slow)).toBe(true);
    expect(areApart(slow, spreadOf([3, 9]))).toBe(false);
  });
});
