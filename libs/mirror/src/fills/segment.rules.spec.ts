import { describe, expect, it } from '@jest/globals';
import { afterPage, type Segment, split, splitAt, widest, withoutCursor } from './segment.rules.js';

const whole: Segment = {
  n: 0,
  ...{ clockId: null, fromAt: null, toAt: null, cursor: null, cursorAt: null, pages: 0, isDone: false, revision: 1 },
};

interface Listed {
  readonly id: string;
  readonly created: number;
}

/** Reads all segments side by side as Stripe would answer, dividing the widest whenever one is done; never more than `most` at once. */
function walked(all: readonly Listed[], perPage: number, most: number): { seen: string[]; pages: number; rounds: number } {
  const listed = all.toSorted((one, other) => other.created - one.created);
  let segments: Segment[] = [whole];
  const seen: string[] = [];
  let [pages, rounds] = [0, 0];
  while (segments.some(({ isDone }) => !isDone)) {
    rounds += 1;
    for (const segment of segments.filter(({ isDone }) => !isDone)) {
      const within = listed.filter(
        ({ created }) => (segment.fromAt === null || created >= segment.fromAt) && (segment.toAt === null || created < segment.toAt),
      );
      const from = segment.cursor === null ? 0 : within.findIndex(({ id }) => id === segment.cursor) + 1;
      const page = within.slice(from, from + perPage);
      pages += 1;
      seen.push(...page.map(({ id }) => id));
      const last = page.at(-1);
      const stored = { last: last ? { id: last.id, createdAt: last.created } : null, hasMore: within.length > from + perPage };
      segments = segments.map((one) => (one.n === segment.n ? afterPage(one, stored) : one));
    }
    while (segments.filter(({ isDone }) => !isDone).length < most) {
      const busy = widest(segments.filter(({ isDone }) => !isDone));
      const at = busy && splitAt(busy);
      if (!busy || at === null) break;
      const { newer, older } = split(busy, at, segments.length);
      segments = [...segments.filter(({ n }) => n !== busy.n), newer, older];
    }
  }
  return { seen, pages, rounds };
}

const DAY = 86_400;
const NOW = Date.UTC(2026, 10, 21) / 1000;
const objects = (count: number, at: (n: number) => number): Listed[] =>
  Array.from({ length: count }, (_, n) => ({ id: `o${n}`, created: at(n) }));

describe('a list read in segments', () => {
  it.each([
    ['spread over five years', (n: number) => NOW - n * 5_000 * 30],
    ['all of the last week', (n: number) => NOW - (n % (7 * DAY))],
    ['all of one second', () => NOW - 30 * DAY],
    ['of two years far apart', (n: number) => (n % 2 === 0 ? NOW - n : NOW - 10 * 365 * DAY - n * 3_000)],
    ['created in the future of a test clock', (n: number) => NOW + n * DAY],
  ])('shows each object once, %s', (_, at) => {
    const all = objects(2_000, at);
    const { seen } = walked(all, 50, 6);
    expect(seen).toHaveLength(2_000);
    expect(new Set(seen).size).toBe(2_000);
  });

  it('is read several times faster, for few pages more', () => {
    const { pages, rounds } = walked(
      objects(20_000, (n) => NOW - n * 7_000),
      100,
      6,
    );
    expect(pages).toBeLessThan(240);
    expect(rounds).toBeLessThan(60);
  });

  it('of a few pages is not divided', () => {
    expect(
      walked(
        objects(250, (n) => NOW - n * DAY),
        100,
        6,
      ).pages,
    ).toBe(3);
  });

  it('goes on where an object was deleted that it had got to', () => {
    const segment = afterPage(whole, { last: { id: 'o9', createdAt: 900 }, hasMore: true });
    expect(withoutCursor(segment, true)).toMatchObject({ cursor: null, toAt: 901, cursorAt: 900, isDone: false });
    expect(withoutCursor(segment, false)).toMatchObject({ cursor: null, toAt: null, cursorAt: null });
  });
});
