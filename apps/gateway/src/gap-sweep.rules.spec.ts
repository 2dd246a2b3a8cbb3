import { describe, expect, it } from '@jest/globals';
import { becauseOf, decidedOf, gapOf, pauseAfterFailure, untilRipe } from './gap-sweep.rules.js';

const NOW = new Date('2026-11-21T12:00:00Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ago = (ms: number) => new Date(NOW.getTime() - ms);

describe('what events cannot tell', () => {
  it('is all that was before the first look', () => {
    expect(gapOf({ knownUntil: null, eventSeenAt: null }, false, NOW)).toBe('new_connection');
  });

  it('is nothing while the last known event is there, or went by its age', () => {
    expect(gapOf({ knownUntil: ago(DAY), eventSeenAt: ago(DAY) }, false, NOW)).toBeNull();
    expect(gapOf({ knownUntil: ago(60_000), eventSeenAt: ago(40 * DAY) }, true, NOW)).toBeNull();
    expect(gapOf({ knownUntil: ago(60_000), eventSeenAt: null }, false, NOW)).toBeNull();
  });

  it('is what was deleted, when an event is gone before its time', () => {
    expect(gapOf({ knownUntil: ago(60_000), eventSeenAt: ago(2 * DAY) }, true, NOW)).toBe('events_deleted');
  });

  it('is what happened more than thirty days ago, an hour less to be safe, and even if Stripe knows the event', () => {
    expect(gapOf({ knownUntil: ago(30 * DAY - 2 * HOUR), eventSeenAt: ago(31 * DAY) }, false, NOW)).toBeNull();
    for (const isGone of [true, false])
      expect(gapOf({ knownUntil: ago(30 * DAY), eventSeenAt: ago(31 * DAY) }, isGone, NOW)).toBe('too_long_ago');
  });

  it('is nothing of what a sweep that was interrupted had read', () => {
    expect(gapOf({ knownUntil: ago(31 * DAY), eventSeenAt: ago(HOUR) }, false, NOW)).toBeNull();
  });
});

describe('what is found missing', () => {
  const started = ago(HOUR);

  it('was missed by webhooks when we were there', () => {
    expect(becauseOf({ knownUntil: ago(90_000), eventSeenAt: null }, started, NOW)).toBe('webhooks_missing');
  });

  it('was missed in a pause when nobody had looked: before the start, or for minutes', () => {
    expect(becauseOf({ knownUntil: ago(HOUR + 1), eventSeenAt: null }, started, NOW)).toBe('pause');
    expect(becauseOf({ knownUntil: ago(6 * 60_000), eventSeenAt: null }, started, NOW)).toBe('pause');
  });
});

describe('a page of the list', () => {
  const page = (text: string) => [...text].map((letter) => ({ eventId: letter.toLowerCase(), isSettled: letter === letter.toLowerCase() }));

  it('is read up to the first event that may only be late', () => {
    expect(decidedOf(page('abCd'), 'none')).toEqual({ decided: 2, hadItsTime: 'none' });
    expect(decidedOf(page('abcd'), 'none')).toEqual({ decided: 4, hadItsTime: 'none' });
  });

  it('is read through the one that was the newest a while ago, missing or not, and then as before', () => {
    expect(decidedOf(page('aBCdE'), { upTo: 'c' })).toEqual({ decided: 4, hadItsTime: 'none' });
    expect(decidedOf(page('ABCD'), { upTo: 'c' })).toEqual({ decided: 3, hadItsTime: 'none' });
    expect(decidedOf(page('ABc'), { upTo: 'z' })).toEqual({ decided: 3, hadItsTime: { upTo: 'z' } });
  });

  it('is read whole where no webhook is waited for', () => {
    expect(decidedOf(page('ABCD'), 'all')).toEqual({ decided: 4, hadItsTime: 'all' });
  });
});

describe('the time of the next look', () => {
  it('is when the grace is over', () => {
    expect(untilRipe(ago(5_000), 20, NOW)).toBe(15_000);
    expect(untilRipe(ago(25_000), 20, NOW)).toBe(0);
  });

  it('comes soon after a failure, and later after many', () => {
    expect([1, 2, 3, 7, 50].map((failures) => pauseAfterFailure(failures, 60))).toEqual([5, 10, 20, 300, 300]);
    expect(pauseAfterFailure(1, 0.1)).toBe(0.1);
  });
});
