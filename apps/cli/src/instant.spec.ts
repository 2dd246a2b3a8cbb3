import { describe, expect, it } from '@jest/globals';
import { instantOf } from './instant.js';

const NOW = new Date('2026-11-21T12:00:00.000Z');

describe('a time on the command line', () => {
  it.each([
    ['90s', '2026-11-21T11:58:30.000Z'],
    ['30m', '2026-11-21T11:30:00.000Z'],
    ['2h', '2026-11-21T10:00:00.000Z'],
    ['7d', '2026-11-14T12:00:00.000Z'],
    ['2026-11-20', '2026-11-20T00:00:00.000Z'],
    ['2026-11-20T09:00Z', '2026-11-20T09:00:00.000Z'],
    ['2026-11-20T09:00:00.5+02:00', '2026-11-20T07:00:00.500Z'],
  ])('reads %s', (text, instant) => {
    expect(instantOf(text, NOW)).toBe(instant);
  });

  // A time without a zone would be another one on another machine.
  it.each(['', 'yesterday', '2', '-2h', '2w', '2026-13-01', '2026-11-20T09:00', '20261120'])('refuses "%s"', (text) => {
    expect(() => instantOf(text, NOW)).toThrow(/A time looks like/);
  });
});
