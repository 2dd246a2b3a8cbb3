import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { boundaryAfter, boundaryBefore, dayText, intervalsAfter, midnightAfter, type Recurrence } from './calendar.js';

const utc = (text: string): number => Date.parse(text) / 1000;
const monthly: Recurrence = { interval: 'month', interval_count: 1 };

describe('the calendar of billing', () => {
  it('K20: a month keeps the day of its anchor and is cut to the length of the month', () => {
    const anchor = utc('2026-01-31T10:20:30Z');
    expect([1, 2, 3, 13].map((times) => intervalsAfter(anchor, monthly, times))).toEqual([
      utc('2026-02-28T10:20:30Z'),
      utc('2026-03-31T10:20:30Z'),
      utc('2026-04-30T10:20:30Z'),
      utc('2027-02-28T10:20:30Z'),
    ]);
    expect(intervalsAfter(utc('2024-02-29T00:00:00Z'), { interval: 'year', interval_count: 1 }, 1)).toBe(utc('2025-02-28T00:00:00Z'));
  });

  it('K20: boundaries follow each other without a gap, whatever the anchor and the rhythm', () => {
    const recurrence = fc.record({
      interval: fc.constantFrom('day', 'week', 'month', 'year'),
      interval_count: fc.integer({ min: 1, max: 12 }),
    });
    const moment = fc.integer({ min: utc('2020-01-01T00:00:00Z'), max: utc('2040-01-01T00:00:00Z') });
    fc.assert(
      fc.property(recurrence, moment, moment, (rhythm, anchor, at) => {
        const end = boundaryAfter(anchor, rhythm, at);
        const start = boundaryBefore(anchor, rhythm, end);
        expect(start).toBeLessThanOrEqual(at);
        expect(end).toBeGreaterThan(at);
        expect(boundaryAfter(anchor, rhythm, start)).toBe(end);
      }),
    );
  });

  it('writes a day as invoices do, and finds midnights', () => {
    expect(dayText(utc('2025-11-10T18:27:36Z'))).toBe('10 Nov 2025');
    expect(midnightAfter(1762799254, 7)).toBe(utc('2025-11-17T00:00:00Z'));
  });
});
