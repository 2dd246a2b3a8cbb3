import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { rounds } from './kafka-requests.js';
import type { OutgoingMessage } from './message.js';

const message = (partition: number, number: number, bytes: number): OutgoingMessage => ({
  topic: 't',
  partition,
  number: BigInt(number),
  key: 'k',
  headers: {},
  body: Buffer.alloc(bytes),
});

describe('the requests of a page', () => {
  it('one request carries a small page', () => {
    const requests = rounds([message(0, 1, 10), message(1, 1, 10), message(0, 2, 10)]);
    expect(requests.map((request) => request.map((part) => [part.partition, part.messages.length]))).toEqual([
      [
        [0, 2],
        [1, 1],
      ],
    ]);
  });

  it('every message goes once, in the order of its partition, and no partition gets more than a broker takes at once', () => {
    const pages = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 900 * 1024 })), { maxLength: 40 });
    fc.assert(
      fc.property(pages, (sizes) => {
        const counters = new Map<number, number>();
        const page = sizes.map(([partition, bytes]) => {
          counters.set(partition, (counters.get(partition) ?? 0) + 1);
          return message(partition, counters.get(partition)!, bytes);
        });
        const requests = rounds(page);
        for (const request of requests) {
          expect(new Set(request.map((part) => part.partition)).size).toBe(request.length);
          for (const part of request)
            expect(part.messages.length === 1 || part.messages.reduce((sum, one) => sum + one.body!.length, 0) <= 1024 * 1024).toBe(true);
        }
        for (const [partition, count] of counters) {
          const sent = requests
            .flat()
            .filter((part) => part.partition === partition)
            .flatMap((part) => part.messages.map((one) => Number(one.number)));
          expect(sent).toEqual(Array.from({ length: count }, (_, index) => index + 1));
        }
      }),
      { numRuns: 50 },
    );
  });
});
