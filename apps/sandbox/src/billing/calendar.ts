/**
 * When billing periods begin and end. All times are whole seconds since 1970, all dates UTC.
 * A month keeps the day of its anchor and is cut to the month's length: 31 Jan, 28 Feb, 31 Mar (checklist K20).
 */
export type Interval = 'day' | 'week' | 'month' | 'year';

export interface Recurrence {
  readonly interval: Interval;
  readonly interval_count: number;
}

export const MINUTE = 60;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The anchor moved by a number of intervals; counted from the anchor each time, so that a cut month does not cut the ones after it. */
export function intervalsAfter(anchor: number, { interval, interval_count }: Recurrence, times: number): number {
  const count = interval_count * times;
  if (interval === 'day') return anchor + count * DAY;
  if (interval === 'week') return anchor + count * 7 * DAY;
  return monthsAfter(anchor, interval === 'year' ? count * 12 : count);
}

/** The first boundary of the anchor's rhythm that lies after a moment; the anchor may lie on either side of it. */
export function boundaryAfter(anchor: number, recurrence: Recurrence, moment: number): number {
  let times = Math.floor((moment - anchor) / longestOf(recurrence));
  while (intervalsAfter(anchor, recurrence, times) > moment) times -= 1;
  while (intervalsAfter(anchor, recurrence, times) <= moment) times += 1;
  return intervalsAfter(anchor, recurrence, times);
}

/** The boundary before the one given: the start of the full period that ends there. */
export function boundaryBefore(anchor: number, recurrence: Recurrence, boundary: number): number {
  let times = Math.floor((boundary - anchor) / longestOf(recurrence));
  while (intervalsAfter(anchor, recurrence, times) >= boundary) times -= 1;
  while (intervalsAfter(anchor, recurrence, times) < boundary) times += 1;
  return intervalsAfter(anchor, recurrence, times - 1);
}

/** Seconds of the longest such period: only to start counting near the answer, and to compare lengths. */
export function longestOf({ interval, interval_count }: Recurrence): number {
  const days = { day: 1, week: 7, month: 31, year: 366 }[interval];
  return days * DAY * interval_count;
}

/** As Stripe writes a day in a line of an invoice: `10 Nov 2025`. */
export function dayText(moment: number): string {
  const date = new Date(moment * 1000);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()] ?? ''} ${date.getUTCFullYear()}`;
}

/** 00:00 UTC of the day that lies this many days later. */
export function midnightAfter(moment: number, days: number): number {
  return Math.floor(moment / DAY) * DAY + days * DAY;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function monthsAfter(anchor: number, months: number): number {
  const from = new Date(anchor * 1000);
  const month = from.getUTCMonth() + months;
  const lastDay = new Date(Date.UTC(from.getUTCFullYear(), month + 1, 0)).getUTCDate();
  const day = Math.min(from.getUTCDate(), lastDay);
  const secondOfDay = anchor - Math.floor(anchor / DAY) * DAY;
  return Date.UTC(from.getUTCFullYear(), month, day) / 1000 + secondOfDay;
}
