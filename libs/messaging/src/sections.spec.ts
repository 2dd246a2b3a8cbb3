import { describe, expect, it } from '@jest/globals';
import type { Marker } from './markers.js';
import type { RoadMessage } from './message.js';
import { sectionsOf } from './sections.js';

const message = (offset: number, epoch: number, marker?: Marker): RoadMessage => ({
  ...{ offset: BigInt(offset), epoch: BigInt(epoch), number: BigInt(offset), key: 'a/test/1', body: null },
  headers: marker ? { turnpikemarker: marker } : {},
});
const told = (messages: readonly RoadMessage[], known: number) =>
  sectionsOf(messages, BigInt(known)).map((section) => ({
    from: Number(section.from),
    opens: section.opens === null ? null : Number(section.opens),
    offsets: section.messages.map(({ offset }) => Number(offset)),
    told: section.told === null ? null : Number(section.told),
  }));

describe('sections of a batch', () => {
  it('are one where nothing happens to the epoch', () => {
    expect(told([message(5, 1), message(6, 1)], 1)).toEqual([{ from: 5, opens: null, offsets: [5, 6], told: null }]);
  });

  it('are cut where the epoch rises, so that what stood before is committed first (road 2.0 b)', () => {
    expect(told([message(5, 1), message(6, 2, 'epoch-opened'), message(7, 2), message(8, 1)], 1)).toEqual([
      { from: 5, opens: null, offsets: [5], told: null },
      { from: 6, opens: 2, offsets: [7, 8], told: null },
    ]);
  });

  it('end where an epoch is told whole, and leave out the marker of an epoch that is over', () => {
    expect(told([message(5, 2, 'epoch-told'), message(6, 1, 'epoch-told'), message(7, 2)], 2)).toEqual([
      { from: 5, opens: null, offsets: [], told: 2 },
      { from: 6, opens: null, offsets: [7], told: null },
    ]);
  });

  it('begin with an epoch that nobody here knew', () => {
    expect(told([message(0, 1)], 0)).toEqual([{ from: 0, opens: 1, offsets: [0], told: null }]);
  });
});
