import { describe, expect, it } from '@jest/globals';
import { murmur2, PARTITIONS, partitionOf } from './partition.js';

const encoder = new TextEncoder();

describe('the partition of an order key', () => {
  // The first six stand in the tests of Kafka's own Java client; all were computed once with the default partitioner of a JavaScript client.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
    ['', 275646681],
    ['a', -1563381124],
    ['ab', 316155434],
    ['abcd', -1323649548],
    ['abcde', 461995741],
    ['öä€😀', -237978641],
  ])('hashes "%s" as Kafka does', (key, hash) => {
    expect(murmur2(encoder.encode(key))).toBe(hash);
  });

  it.each([
    ['acme/live/cus_1', 2],
    ['acme/sandbox/cus_ada', 9],
    ['org-a/test/con_1/cus_Q', 13],
    ['öä€😀', 15],
    ['', 9],
  ])('sends "%s" where a Kafka client would', (key, partition) => {
    expect(partitionOf(key)).toBe(partition);
  });

  it('reaches every partition, and none beyond', () => {
    const reached = new Set(Array.from({ length: 2_000 }, (_, n) => partitionOf(`acme/live/c_${n}`)));

    expect([...reached].sort((left, right) => left - right)).toEqual(Array.from({ length: PARTITIONS }, (_, n) => n));
  });

  it('hashes a part of a larger buffer without looking beside it', () => {
    const whole = encoder.encode('xxabcdexx');

    expect(murmur2(whole.subarray(2, 7))).toBe(461995741);
  });
});
