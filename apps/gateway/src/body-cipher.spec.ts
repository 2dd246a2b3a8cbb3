import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { BodyCipher, type BodyPlace, BodyUnreadable } from './body-cipher.js';

const place: BodyPlace = {
  organization: 'acme',
  environment: 'test',
  connectionId: 'acme-test',
  eventId: 'evt_1',
  receivedOn: '2026-11-21',
};
const master = Buffer.alloc(32, 7);
const body = Buffer.from('{"a":"\\u0000"}');

describe('a stored body', () => {
  it('opens where it was sealed, byte for byte', () => {
    const cipher = new BodyCipher(master);
    expect(cipher.open(place, cipher.seal(place, body))).toEqual(body);
    expect(cipher.open(place, cipher.seal(place, Buffer.alloc(0)))).toEqual(Buffer.alloc(0));
  });

  it('shows nothing of itself, and looks different each time', () => {
    const cipher = new BodyCipher(master);
    const text = Buffer.from('canary '.repeat(100));
    const sealed = cipher.seal(place, text).sealed;
    expect(sealed.includes('canary')).toBe(false);
    expect(sealed.length).toBe(text.length + 12 + 16);
    expect(cipher.seal(place, text).sealed).not.toEqual(sealed);
  });

  it.each([
    ['organization', 'globex'],
    ['environment', 'live'],
    ['connectionId', 'acme-live'],
    ['eventId', 'evt_2'],
    ['receivedOn', '2026-11-22'],
  ] as const)('does not open as that of another %s', (field, other) => {
    const cipher = new BodyCipher(master);
    const sealed = cipher.seal(place, body);
    expect(() => cipher.open({ ...place, [field]: other }, sealed)).toThrow(BodyUnreadable);
  });

  it('does not open when a bit of it was changed', () => {
    const cipher = new BodyCipher(master);
    const { keyId, sealed } = cipher.seal(place, body);
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at] = changed[at]! ^ 1;
      expect(() => cipher.open(place, { keyId, sealed: changed })).toThrow(BodyUnreadable);
    }
    expect(() => cipher.open(place, { keyId, sealed: sealed.subarray(0, 5) })).toThrow(BodyUnreadable);
  });

  it('opens after the master key was replaced, as long as the one before is known', () => {
    const next = randomBytes(32);
    const sealed = new BodyCipher(master).seal(place, body);
    expect(new BodyCipher(next, master).open(place, sealed)).toEqual(body);
    expect(() => new BodyCipher(next).open(place, sealed)).toThrow('Set that one as WEBHOOK_BODY_KEY_BEFORE');
  });

  it('names its master key without telling it', () => {
    const { keyId } = new BodyCipher(master).seal(place, body);
    expect(keyId).toMatch(/^[0-9a-f]{12}$/);
    expect(master.toString('hex')).not.toContain(keyId);
    expect(new BodyCipher(Buffer.alloc(32, 8)).seal(place, body).keyId).not.toBe(keyId);
  });
});
