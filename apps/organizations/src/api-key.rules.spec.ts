import { describe, expect, it } from '@jest/globals';
import { endOfReplaced, isLive, type KeyLife, whetherToRotate } from './api-key.rules.js';

const now = new Date('2026-11-21T09:00:00.000Z');
const hours = (n: number) => new Date(now.getTime() + n * 3_600_000);
const aKey = (id: string, over: Partial<KeyLife> = {}): KeyLife => ({ id, expiresAt: null, revokedAt: null, ...over });

describe('an API key', () => {
  it('opens doors until it ends, and not at its end', () => {
    expect(isLive(aKey('a'), now)).toBe(true);
    expect(isLive(aKey('a', { expiresAt: hours(1) }), now)).toBe(true);
    expect(isLive(aKey('a', { expiresAt: now }), now)).toBe(false);
    expect(isLive(aKey('a', { revokedAt: now }), now)).toBe(false);
  });

  it('that is replaced ends after the time that was given, and never later than it would have', () => {
    expect(endOfReplaced(aKey('a'), 24, now)).toEqual(hours(24));
    expect(endOfReplaced(aKey('a'), 0, now)).toEqual(now);
    expect(endOfReplaced(aKey('a', { expiresAt: hours(1) }), 24, now)).toEqual(hours(1));
    expect(endOfReplaced(aKey('a', { expiresAt: hours(100) }), 24, now)).toEqual(hours(24));
  });
});

describe('a rotation', () => {
  const old = aKey('a', { expiresAt: hours(24) });
  const current = aKey('b');

  it('leaves two keys that open doors', () => {
    expect(whetherToRotate(aKey('a'), [aKey('a')], 168, now)).toBe('rotate');
  });

  it('is refused while two open doors, since a third would', () => {
    expect(whetherToRotate(current, [old, current], 1, now)).toBe('two-live');
    expect(whetherToRotate(old, [old, current], 1, now)).toBe('two-live');
  });

  it('is possible all the same when it ends the one it replaces at once', () => {
    expect(whetherToRotate(current, [old, current], 0, now)).toBe('rotate');
  });

  it('is possible again when the old one has ended or was revoked', () => {
    expect(whetherToRotate(current, [aKey('a', { expiresAt: now }), current], 24, now)).toBe('rotate');
    expect(whetherToRotate(current, [aKey('a', { revokedAt: now }), current], 24, now)).toBe('rotate');
  });

  it('of a key that opens nothing is refused', () => {
    expect(whetherToRotate(aKey('a', { revokedAt: now }), [], 0, now)).toBe('not-live');
    expect(whetherToRotate(aKey('a', { expiresAt: now }), [], 24, now)).toBe('not-live');
  });
});
