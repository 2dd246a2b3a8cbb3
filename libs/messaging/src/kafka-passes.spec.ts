import { describe, expect, it } from '@jest/globals';
import { KafkaPasses } from './kafka-passes.js';
import type { Batch, BatchReader } from './message.js';

const MINE = () => true;

function batch(partition: number, messages: number): Batch {
  const message = { offset: 0n, epoch: 1n, number: 1n, key: 'k', headers: {}, body: null };
  return {
    topic: 't',
    partition,
    log: 'kafka',
    askedFrom: 0n,
    logStart: () => Promise.resolve(0n),
    messages: Array.from({ length: messages }, () => message),
    end: BigInt(messages),
    logEnd: () => Promise.resolve(BigInt(messages)),
  };
}

/** A reader that notes which partitions it reads together, and which alone; `refuses` are not read together. */
function noting(refuses: readonly number[] = []) {
  const passes: number[][] = [];
  const alone: number[] = [];
  let atOnce = 0;
  let most = 0;
  const reader: Pick<BatchReader, 'read' | 'readTogether'> = {
    async readTogether(batches) {
      passes.push(batches.map(({ partition }) => partition));
      await new Promise((resolve) => setTimeout(resolve, 5));
      return new Set(batches.filter(({ partition }) => !refuses.includes(partition)));
    },
    async read(one) {
      most = Math.max(most, ++atOnce);
      alone.push(one.partition);
      await new Promise((resolve) => setTimeout(resolve, 5));
      atOnce -= 1;
      return { next: 'read-on', offset: one.end };
    },
  };
  return { passes, alone, most: () => most, reader: new KafkaPasses(reader) };
}

describe('the partitions of a fetch', () => {
  it('are read in one pass when each has few messages, and what comes meanwhile in the next', async () => {
    const { passes, alone, reader } = noting();
    const first = [0, 1, 2].map((partition) => reader.read(batch(partition, 10), MINE));
    await new Promise((resolve) => setTimeout(resolve, 2));
    const second = [3, 4].map((partition) => reader.read(batch(partition, 10), MINE));
    const outcomes = await Promise.all([...first, ...second]);
    expect(passes).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
    expect(alone).toEqual([]);
    expect(outcomes).toEqual(Array.from({ length: 5 }, () => ({ next: 'read-on', offset: 10n })));
  });

  it('are as many passes as their messages fill', async () => {
    const { passes, reader } = noting();
    await Promise.all([0, 1, 2, 3, 4].map((partition) => reader.read(batch(partition, 80), MINE)));
    expect(passes).toEqual([[0, 1], [2, 3], [4]]);
  });

  it('are read by themselves, three at a time, when they are large or not read together', async () => {
    const { passes, alone, most, reader } = noting([1, 2, 3, 4, 5]);
    await Promise.all([batch(0, 101), ...[1, 2, 3, 4, 5].map((partition) => batch(partition, 1))].map((one) => reader.read(one, MINE)));
    expect(passes).toEqual([[1, 2, 3, 4, 5]]);
    expect(alone.toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(most()).toBe(3);
  });

  it('are left alone when they are another reader’s by the time their turn comes', async () => {
    const { alone, reader } = noting([0, 1]);
    expect(await Promise.all([0, 1].map((partition) => reader.read(batch(partition, 1), () => false)))).toEqual([null, null]);
    expect(alone).toEqual([]);
  });
});
