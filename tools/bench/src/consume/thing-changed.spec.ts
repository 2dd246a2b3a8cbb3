import { describe, expect, it } from '@jest/globals';
import { parseHeaders, partitionOf } from '@turnpike/contracts-events';
import { madeThings, ThingChanged } from './thing-changed.js';

describe('the messages that the consume benchmark reads', () => {
  it('have 1 KB, and are what their contract and envelope say', () => {
    for (const { value, headers, key, partition } of madeThings(1, 50, new Map())) {
      expect(value.length).toBe(1_024);
      expect(ThingChanged.data.safeParse(JSON.parse(value)).success).toBe(true);
      expect(parseHeaders(headers)).toMatchObject({ key, topic: ThingChanged.name, epoch: 1 });
      expect(partitionOf(key)).toBe(partition);
    }
  });

  it('are numbered without a gap in each partition, over all rounds', () => {
    const heads = new Map<number, number>();
    const all = [...madeThings(1, 300, heads), ...madeThings(301, 300, heads)];
    for (const [partition, head] of heads) {
      const numbers = all.filter((one) => one.partition === partition).map((one) => Number(one.headers['turnpikenumber']));
      expect(numbers).toEqual(Array.from({ length: head }, (_, at) => at + 1));
    }
  });
});
