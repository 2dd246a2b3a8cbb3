import { beforeEach, describe, expect, it } from '@jest/globals';
import { BurialsInARow } from './burials-in-a-row.js';

const PARTITION = 'things.thing.changed.v1/3';

describe('burials in a row', () => {
  let row: BurialsInARow;
  beforeEach(() => {
    row = new BurialsInARow();
  });
  const bury = (...offsets: bigint[]) => {
    for (const offset of offsets) row.buried(PARTITION, offset);
  };

  it('are those right before a message', () => {
    bury(1n, 2n, 3n);
    expect(row.before(PARTITION, 4n)).toBe(3);
    expect(row.before(PARTITION, 2n)).toBe(1);
    expect(row.before('things.thing.changed.v1/4', 4n)).toBe(0);
  });

  it('are broken by a message between them that took effect, also when that is known later', () => {
    bury(1n, 3n, 5n);
    expect(row.before(PARTITION, 7n)).toBe(3);
    row.worked(PARTITION, [2n, 4n, 6n]);
    expect(row.before(PARTITION, 7n)).toBe(0);
    expect(row.before(PARTITION, 6n)).toBe(1);
  });

  it('are not broken by what took effect behind them', () => {
    bury(1n, 2n);
    row.worked(PARTITION, [9n]);
    expect(row.before(PARTITION, 3n)).toBe(2);
  });

  it('go on over the end of what is done, unless something took effect there', () => {
    bury(1n, 2n);
    row.settled(PARTITION);
    expect(row.before(PARTITION, 3n)).toBe(2);
    row.worked(PARTITION, [3n]);
    row.settled(PARTITION);
    expect(row.before(PARTITION, 4n)).toBe(0);
  });
});
